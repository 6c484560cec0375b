/** What a run keeps of its way beside its epochs: every step, and how weights and layers changed. */
import * as v from 'valibot'

const measured = v.nullable(v.number())
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** So many steps are read for one answer, at most. */
export const mostSteps = 200_000

/** Steps since the run's very first, from one to before another, told as at most so many points. */
export const stepRangeSchema = v.pipe(
  v.strictObject({ from: count, to: count, points: v.pipe(count, v.minValue(1), v.maxValue(4000)) }),
  v.check(({ from, to }) => to - from <= mostSteps, `at most ${mostSteps} steps at once`),
)
export type StepRange = v.InferOutput<typeof stepRangeSchema>

export const stepsSchema = v.strictObject({
  /** What there is of the range that was asked for. */
  from: count,
  to: count,
  /** How many steps a point is the mean of; the last may be of fewer. */
  stride: count,
  /** `loss`, `data`, `learningRate`, each metric, and each penalty by its name: one number a point. */
  means: v.record(v.string(), v.array(measured)),
  /** Of the loss, within each point. */
  least: v.array(measured),
  greatest: v.array(measured),
})
export type Steps = v.InferOutput<typeof stepsSchema>

const momentSchema = v.strictObject({
  epoch: count,
  /** How many elements lie in each of as many equal intervals from `min` to `max`; none where the weight is not finite. */
  counts: v.array(count),
  min: v.number(),
  max: v.number(),
  norm: measured,
  /** Of the gradient of the data loss and all penalties on a sample of training rows; null where it is not known. */
  gradientNorm: measured,
})
export type WeightMoment = v.InferOutput<typeof momentSchema>

export const weightHistorySchema = v.strictObject({
  weights: v.array(
    v.strictObject({
      name: v.string(),
      size: count,
      /** How many elements the counts are of: all, or an even sample. */
      counted: count,
      moments: v.array(momentSchema),
    }),
  ),
  layers: v.array(
    v.strictObject({
      name: v.string(),
      units: count,
      /** Root of the mean square of what it puts out, and units that give the same number on all rows of the sample. */
      moments: v.array(v.strictObject({ epoch: count, activation: measured, still: count })),
    }),
  ),
  /** Rows of the sample. */
  rows: count,
})
export type WeightHistory = v.InferOutput<typeof weightHistorySchema>

/** The kernels of the first convolution over images, as images. */
export const filtersSchema = v.strictObject({
  weight: v.string(),
  epoch: count,
  height: count,
  width: count,
  /** 3: red, green and blue; 1: grey, the mean over the channels where there are several. */
  channels: v.picklist([1, 3]),
  /** How many filters the layer has; the first ones are here, [height, width, channels] each. */
  of: count,
  filters: v.array(v.array(v.number())),
})
export type Filters = v.InferOutput<typeof filtersSchema>
