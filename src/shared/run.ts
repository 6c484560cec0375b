/** What a run tells while it goes: the one stream of messages, the same in every shell. */
import * as v from 'valibot'
import { issueSchema } from '#engine/project/schema.ts'
import { failureSchema } from './result.ts'

/** JSON has no NaN: a number that is not finite travels as null and is shown as "not a number". */
const measured = v.nullable(v.number())
const measurements = v.record(v.string(), measured)
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const liveSettingSchema = v.strictObject({
  /** The graph input it feeds: `dense1/kernel/l1.strength`. */
  name: v.string(),
  value: v.number(),
})

export const runInfoSchema = v.strictObject({
  id: v.string(),
  epochs: count,
  stepsPerEpoch: count,
  rows: v.strictObject({ train: count, validation: count }),
  parameters: count,
  /** Names of the penalties, in the order they are stacked: `dense1/kernel/l1`. */
  penalties: v.array(v.string()),
  metrics: v.array(v.string()),
  live: v.array(liveSettingSchema),
  /** Where it went on from, when it was resumed. */
  startEpoch: count,
  /** What is worth knowing before it is trusted, such as starting weights that fit no layer. */
  warnings: v.exactOptional(v.array(issueSchema)),
})
export type RunInfo = v.InferOutput<typeof runInfoSchema>

/** One trained weight, summed up. */
export const weightSummarySchema = v.strictObject({
  name: v.string(),
  shape: v.array(count),
  size: count,
  /** How many are exactly zero. */
  zeros: count,
  norm: measured,
  min: measured,
  max: measured,
})
export type WeightSummary = v.InferOutput<typeof weightSummarySchema>

export const epochSchema = v.strictObject({
  type: v.literal('epoch'),
  /** Counted from 1. */
  epoch: count,
  /** Means over the epoch's training batches: `loss` is data loss plus penalties, `data` the data loss, then metrics. */
  train: measurements,
  /** The same, in inference mode on the validation rows after the epoch; null without any. */
  validation: v.nullable(measurements),
  /**
   * The same on training rows in inference mode after the epoch, to be compared with `validation`: a sample that stays the
   * same, of at most as many rows. Null without validation rows.
   */
  trainInference: v.nullable(measurements),
  /** Each penalty, averaged like the training loss. */
  penalties: measurements,
  /** Live settings as they were used at the end of the epoch. */
  live: v.record(v.string(), v.number()),
  learningRate: v.number(),
  seconds: v.number(),
  /** The best epoch so far by what early stopping watches (validation loss when nothing does), and its value. */
  best: v.nullable(v.strictObject({ epoch: count, value: v.number(), monitor: v.string() })),
  weights: v.array(weightSummarySchema),
})
export type EpochMessage = v.InferOutput<typeof epochSchema>

/** So many marks can be gone back to, the latest ones; fewer where weights are large. */
export const keptMarks = 20

const endReasons = ['finished', 'early', 'stopped', 'diverged'] as const

export const runMessageSchema = v.variant('type', [
  v.strictObject({ type: v.literal('started'), run: runInfoSchema }),
  v.strictObject({
    type: v.literal('progress'),
    epoch: count,
    /** Within the epoch, of `stepsPerEpoch`. */
    step: count,
    /** Since the run's very first step. */
    iteration: count,
    stepsPerSecond: v.number(),
    secondsLeft: v.nullable(v.number()),
    /** Mean of the epoch so far. */
    loss: measured,
    data: measured,
  }),
  epochSchema,
  v.strictObject({
    type: v.literal('live'),
    name: v.string(),
    value: v.number(),
    epoch: count,
    step: count,
    /** The mark it belongs to: the run can go back to before it, and to before all that came later. */
    mark: count,
  }),
  /** The run went back to before a mark: what was told of later epochs, steps and marks no longer holds. */
  v.strictObject({
    type: v.literal('rewound'),
    mark: count,
    /** Counted from 1, like that of a live change. */
    epoch: count,
    step: count,
    live: v.record(v.string(), v.number()),
  }),
  v.strictObject({ type: v.literal('paused'), epoch: count, step: count }),
  v.strictObject({ type: v.literal('resumed') }),
  v.strictObject({
    type: v.literal('ended'),
    reason: v.picklist(endReasons),
    epochs: count,
    /** The epoch whose weights are kept. */
    keptEpoch: count,
    restored: v.boolean(),
    weights: v.array(weightSummarySchema),
    seconds: v.number(),
    /** One sentence, e.g. what went wrong when it diverged. */
    note: v.nullable(v.string()),
    /** The live setting that is most likely to blame when it diverged, as it was, and a number to try instead. */
    fault: v.exactOptional(v.strictObject({ name: v.string(), value: v.number(), instead: v.number() })),
  }),
  v.strictObject({ type: v.literal('failed'), error: failureSchema }),
])
export type RunMessage = v.InferOutput<typeof runMessageSchema>

/** Milliseconds between two tellings of a run's numbers: at first often, and from some age on seldom enough to leave it the cores. */
const telling = { early: 100, later: 450, from: 5000 }

/** How long to wait between two tellings of a run that is so many milliseconds old. */
export const tellingPause = (age: number): number => (age < telling.from ? telling.early : telling.later)
