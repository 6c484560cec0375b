/** How a run begins: anew, from its checkpoint, or from before a mark. */
import { CallError } from '#shared/result.ts'
import type { RunMessage } from '#shared/run.ts'
import { type Checkpoint, keepMarks, readCheckpoint, readMark, removeCheckpoints } from '../checkpoint.ts'
import type { SessionOptions } from '../session.ts'
import { MetricsLog } from './metricsLog.ts'
import { fingerprintOf, type Prepared } from './prepare.ts'
import { Scheduler } from './scheduler.ts'
import type { Progress } from './state.ts'
import { StepLog } from './stepLog.ts'
import { Stepper } from './stepper.ts'
import { initialSlots, initialWeights } from './weights.ts'

export interface RunOptions {
  /** Where checkpoints and metrics are kept. */
  readonly folder: string
  /** Go on from the folder's checkpoint when it fits; `still` ends there at once, and a CallError says when none fits. */
  readonly resume: boolean | 'still'
  /** Go on from before this mark instead; a CallError when it cannot be had. */
  readonly rewind?: number
  readonly session: SessionOptions
  readonly tell: (message: RunMessage) => void
  /** How many of the `left` steps the next call makes; by default as many as take about 75 ms. */
  readonly sliceLength?: (left: number) => number
}

/** What a run works with from its first step on. */
export interface Opened {
  readonly fingerprint: string
  readonly progress: Progress
  readonly scheduler: Scheduler
  readonly stepper: Stepper
  readonly log: MetricsLog
  readonly stepLog: StepLog
  /** Where it goes on from. */
  readonly checkpoint: Checkpoint | null
}

export const stepsPerEpoch = ({ train, batch }: Prepared): number => Math.ceil(train.rows / batch)

/** Where a run begins, or went on from. */
function startProgress({ program }: Prepared, checkpoint: Checkpoint | null, scheduler: Scheduler): Progress {
  const progress: Progress = checkpoint?.progress ?? {
    epoch: 0,
    step: 0,
    iteration: 0,
    learningRate: 0,
    sums: [],
    rows: 0,
    live: {},
    scheduled: -1,
    marks: [],
    lastMark: 0,
    stops: program.stops.map(({ rule, params }) => rule.start(params)),
    best: null,
    endedBy: null,
    seconds: 0,
    epochSeconds: 0,
  }
  for (const { name, value } of program.live) {
    const used = progress.live[name]
    // A setting edited in the project since then is what the person wants now.
    if (used === undefined || checkpoint?.documentLive[name] !== value) progress.live[name] = value
  }
  for (const [name, points] of program.schedules) {
    const value = scheduler.valueAt(name, progress.iteration)
    const isNew = JSON.stringify(checkpoint?.documentSchedules[name]) !== JSON.stringify(points)
    if (isNew && value !== null) progress.live[name] = value
  }
  return progress
}

/** Reads the checkpoint where one is wanted and makes the sessions; a folder that is not gone on in is emptied. */
export async function openRun(prepared: Prepared, options: RunOptions): Promise<Opened> {
  const { program, project, imported } = prepared
  const fingerprint = fingerprintOf(prepared)
  const { folder, resume, rewind } = options
  const checkpoint =
    rewind !== undefined
      ? await readMark(folder, rewind, fingerprint)
      : resume
        ? await readCheckpoint(folder, fingerprint)
        : null
  if (resume === 'still' && !checkpoint) {
    const why = 'What was trained is of another project, other settings or other data'
    throw new CallError('missing', `${why}; give those it was trained with, or train again.`)
  }
  const scheduler = new Scheduler(program.schedules, stepsPerEpoch(prepared))
  const progress = startProgress(prepared, checkpoint, scheduler)
  const weights = checkpoint?.weights ?? initialWeights(program.weights, project.training.seed, imported)
  const slots = checkpoint?.slots ?? initialSlots(program.slots)
  const stepper = await Stepper.open(prepared, { weights, slots, live: progress.live }, options.session)
  if (!checkpoint) await removeCheckpoints(folder)
  progress.marks = await keepMarks(folder, progress.marks)
  const log = await MetricsLog.open(folder, progress.epoch, progress.step)
  if (rewind !== undefined) await log.rewind(progress.epoch, progress.step, rewind)
  const stepLog = StepLog.open(folder, program, progress.iteration)
  return { fingerprint, progress, scheduler, stepper, log, stepLog, checkpoint }
}
