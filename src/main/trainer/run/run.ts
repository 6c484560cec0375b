/** One training run: slices of steps, epochs, early stopping, checkpoints, and what it tells while it goes. */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { failureOf } from '#shared/failure.ts'
import { CallError } from '#shared/result.ts'
import { type EpochMessage, type RunInfo, type RunMessage, tellingPause } from '#shared/run.ts'
import { type Checkpoint, readCheckpoint, removeCheckpoints, writeCheckpoint } from '../checkpoint.ts'
import type { SessionOptions } from '../session.ts'
import { type Divergence, explainDivergence, findDivergence } from './divergence.ts'
import { Judge, learningRateSetting } from './judge.ts'
import { MetricsLog } from './metricsLog.ts'
import { Pace } from './pace.ts'
import { fingerprintOf, type Prepared } from './prepare.ts'
import { SlicePlanner } from './slices.ts'
import { assignTensors, copyTensors, countNumbers, type Progress, type Snapshot } from './state.ts'
import { Stepper } from './stepper.ts'
import { measured, measuredAll, ReportSums } from './summary.ts'
import { finalWeights, initialSlots, initialWeights } from './weights.ts'

export interface RunOptions {
  /** Where checkpoints and metrics are kept. */
  readonly folder: string
  /** Go on from the folder's checkpoint when it fits. */
  readonly resume: boolean
  readonly session: SessionOptions
  readonly tell: (message: RunMessage) => void
  /** How many of the `left` steps the next call makes; by default as many as take about 75 ms. */
  readonly sliceLength?: (left: number) => number
}

/** The weights that count: what is exported, and what the end of the run reports. */
export interface Kept extends Snapshot {
  /** They are not the ones the last step left. */
  readonly restored: boolean
}

interface Ending {
  readonly reason: 'finished' | 'early' | 'stopped' | 'diverged'
  readonly note: string | null
}

/** Milliseconds between the checkpoints of fast epochs. */
const checkpointInterval = 2000
/** Checkpoints may take this part of the time. */
const checkpointShare = 0.003

/** A wish of the person, heard between two slices. */
type Wish = 'go' | 'pause' | 'stop'

/** Where a run begins, or went on from. */
function startProgress({ program }: Prepared, checkpoint: Checkpoint | null): Progress {
  const progress: Progress = checkpoint?.progress ?? {
    epoch: 0,
    step: 0,
    iteration: 0,
    learningRate: 0,
    sums: [],
    rows: 0,
    live: {},
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
  return progress
}

export class Run {
  readonly info: RunInfo
  readonly prepared: Prepared
  readonly #options: RunOptions
  readonly #fingerprint: string
  readonly #stepper: Stepper
  readonly #log: MetricsLog
  readonly #progress: Progress
  readonly #sums: ReportSums
  readonly #judge: Judge
  readonly #pace = new Pace()
  readonly #finished: Promise<void>
  #epochEnd: Snapshot
  #wish: Wish = 'go'
  #wake: (() => void) | null = null
  #pausing: (() => void)[] = []
  #ended = false
  #diverged = false
  #checkpoint = { at: performance.now(), cost: 0 }
  readonly #began = performance.now()
  #toldAt = 0

  private constructor(
    prepared: Prepared,
    options: RunOptions,
    parts: {
      readonly fingerprint: string
      readonly progress: Progress
      readonly stepper: Stepper
      readonly log: MetricsLog
      readonly checkpoint: Checkpoint | null
    },
  ) {
    const { program, train, validation, project } = prepared
    const { progress, stepper, checkpoint } = parts
    this.prepared = prepared
    this.#options = options
    this.#fingerprint = parts.fingerprint
    this.#stepper = stepper
    this.#log = parts.log
    this.#progress = progress
    this.#sums = new ReportSums(program, progress.sums, progress.rows)
    this.#judge = new Judge(program.stops, progress, checkpoint?.best ?? new Map())
    this.#epochEnd = checkpoint?.epochEnd ?? { epoch: progress.epoch, weights: copyTensors(stepper.weights) }
    this.info = {
      id: randomUUID(),
      epochs: project.training.epochs,
      stepsPerEpoch: Math.ceil(train.rows / prepared.batch),
      rows: { train: train.rows, validation: validation?.rows ?? 0 },
      parameters: countNumbers(stepper.weights),
      penalties: [...program.penalties],
      metrics: program.metrics.map(({ name }) => name),
      live: program.live.map(({ name, value }) => ({ name, value: progress.live[name] ?? value })),
      startEpoch: progress.epoch,
    }
    this.#finished = this.#go()
  }

  /** Makes the sessions, reads the checkpoint where one is wanted, and sets the run going. */
  static async start(prepared: Prepared, options: RunOptions): Promise<Run> {
    const { program, project, imported } = prepared
    const fingerprint = fingerprintOf(prepared)
    const checkpoint = options.resume ? await readCheckpoint(options.folder, fingerprint) : null
    const progress = startProgress(prepared, checkpoint)
    const weights = checkpoint?.weights ?? initialWeights(program.weights, project.training.seed, imported)
    const slots = checkpoint?.slots ?? initialSlots(program.slots)
    const stepper = await Stepper.open(prepared, { weights, slots, live: progress.live }, options.session)
    if (!checkpoint) await removeCheckpoints(options.folder)
    const log = await MetricsLog.open(options.folder, progress.epoch, progress.step)
    return new Run(prepared, options, { fingerprint, progress, stepper, log, checkpoint })
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Resolves when the run has ended, whichever way. */
  get finished(): Promise<void> {
    return this.#finished
  }

  /** Pauses after the slice that is going on; resolves when the checkpoint is written. */
  async pause(): Promise<void> {
    this.#mustGo()
    if (this.#wish !== 'go') return
    this.#wish = 'pause'
    await new Promise<void>((resolve) => this.#pausing.push(resolve))
  }

  resume(): void {
    this.#mustGo()
    if (this.#wish === 'pause') this.#wish = 'go'
    this.#wake?.()
  }

  /** Ends the run after the slice that is going on; resolves when the checkpoint is written. */
  async stop(): Promise<void> {
    this.#mustGo()
    this.#wish = 'stop'
    this.#wake?.()
    await this.#finished
  }

  /** Changes a live setting from the next slice on; a CallError names the ones there are. */
  setLive(name: string, value: number): void {
    this.#mustGo()
    if (!Number.isFinite(value)) throw new CallError('invalid', `${name}: ${value} is not a number to train with.`)
    if (!this.#stepper.setLive(name, value)) {
      const known = this.prepared.program.live.map((live) => live.name).join(', ')
      throw new CallError('invalid', `"${name}" cannot change while training; these can: ${known || 'none'}.`)
    }
    this.#progress.live[name] = value
    const { epoch, step } = this.#progress
    const message = { type: 'live', name, value, epoch: epoch + 1, step } as const
    this.#log.append(message)
    this.#options.tell(message)
  }

  /** Live settings as they are used now. */
  get live(): Readonly<Record<string, number>> {
    return this.#progress.live
  }

  /**
   * The weights to take away: the best ones where early stopping restores them, else the last that were finite, or what the
   * techniques of the run put in their place when it ends.
   */
  kept(): Kept {
    const { epoch, step } = this.#progress
    const best = this.#judge.bestWeights()
    if (best) return { ...best, restored: best.epoch !== epoch || step > 0 }
    if (this.#diverged) return { ...this.#epochEnd, restored: true }
    const { weights, slots } = this.#stepper
    const final = this.#progress.iteration > 0 ? finalWeights(weights, slots, this.prepared.program.final) : weights
    return { epoch: step > 0 ? epoch + 1 : epoch, weights: final, restored: false }
  }

  #mustGo(): void {
    if (this.#ended) throw new CallError('busy', 'No run is going; start one first.')
  }

  async #go(): Promise<void> {
    // What start() answers comes before anything the run says.
    await nextTurn()
    const { tell } = this.#options
    try {
      tell({ type: 'started', run: this.info })
      const { reason, note } = await this.#train()
      // A checkpoint of what is not finite is of no use: the last one before stays.
      if (reason !== 'diverged') await this.#save()
      this.#end()
      const kept = this.kept()
      tell({
        type: 'ended',
        reason,
        epochs: this.#progress.epoch,
        keptEpoch: kept.epoch,
        restored: kept.restored,
        weights: [...(await this.#stepper.measure(kept.weights)).weights],
        seconds: this.#progress.seconds,
        note,
      })
    } catch (error) {
      this.#end()
      tell({ type: 'failed', error: failureOf(error) })
    }
    await this.#stepper.release()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#log.close()
    for (const resolve of this.#pausing.splice(0)) resolve()
  }

  async #train(): Promise<Ending> {
    const progress = this.#progress
    const { epochs, stepsPerEpoch } = this.info
    if (progress.endedBy !== null) return { reason: 'early', note: null }
    const planner = new SlicePlanner(this.#stepper.callSeconds)
    this.#stepper.orderRows(progress.epoch)
    while (progress.epoch < epochs) {
      while (progress.step < stepsPerEpoch) {
        if (await this.#heed()) return { reason: 'stopped', note: null }
        const divergence = await this.#slice(planner)
        if (divergence) return this.#diverge(divergence)
        this.#tellProgress()
      }
      if (!(await this.#finishEpoch())) {
        return this.#diverge({ epoch: progress.epoch + 1, step: stepsPerEpoch, penalty: null })
      }
      if (progress.endedBy !== null) return { reason: 'early', note: null }
      const { at, cost } = this.#checkpoint
      if (performance.now() - at >= Math.max(checkpointInterval, cost / checkpointShare)) await this.#save()
      this.#stepper.orderRows(progress.epoch)
    }
    return { reason: 'finished', note: null }
  }

  #diverge(divergence: Divergence): Ending {
    this.#diverged = true
    return { reason: 'diverged', note: explainDivergence(divergence, this.prepared.project, this.#progress.live) }
  }

  /** Lets messages in and does what they ask; true when the run is to stop. */
  async #heed(): Promise<boolean> {
    await nextTurn()
    if (this.#wish === 'pause') {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await this.#save()
      this.#options.tell({ type: 'paused', epoch: this.#progress.epoch + 1, step: this.#progress.step })
      for (const resolve of this.#pausing.splice(0)) resolve()
      await woken
      this.#wake = null
      if (this.#wishes('go')) this.#options.tell({ type: 'resumed' })
    }
    return this.#wishes('stop')
  }

  /** The wish may have changed while something was awaited. */
  #wishes(wish: Wish): boolean {
    return this.#wish === wish
  }

  /** One call of the training graph; tells where the loss stopped being finite, if it did. */
  async #slice(planner: SlicePlanner): Promise<Divergence | null> {
    const progress = this.#progress
    const { columns } = this.prepared.program
    const left = this.#stepper.fullSteps - progress.step
    const wanted = left > 0 ? (this.#options.sliceLength?.(left) ?? planner.next(left)) : 1
    const started = performance.now()
    const { steps, rows, report, learningRates } = await this.#stepper.slice(progress, wanted)
    const seconds = (performance.now() - started) / 1000
    if (left > 0) planner.record(steps, seconds)
    this.#spend(steps, seconds)
    const divergence = findDivergence(report, columns)
    if (divergence) {
      const { line, penalty } = divergence
      return { epoch: progress.epoch + 1, step: progress.step + line + 1, penalty }
    }
    this.#stepper.accept()
    for (let line = 0; line < steps; line++) this.#sums.add(report, line * columns.length, rows)
    progress.step += steps
    progress.iteration += steps
    progress.learningRate = learningRates.at(-1) ?? progress.learningRate
    return null
  }

  #spend(steps: number, seconds: number): void {
    this.#progress.seconds += seconds
    this.#progress.epochSeconds += seconds
    this.#pace.add(steps, seconds)
  }

  #tellProgress(): void {
    const now = performance.now()
    if (now - this.#toldAt < tellingPause(now - this.#began)) return
    this.#toldAt = now
    const { epoch, step, iteration } = this.#progress
    const { epochs, stepsPerEpoch } = this.info
    const { loss, data } = this.#sums.means()
    this.#options.tell({
      type: 'progress',
      epoch: epoch + 1,
      step,
      iteration,
      stepsPerSecond: this.#pace.takeRecent(),
      secondsLeft: this.#pace.secondsFor(epochs * stepsPerEpoch - (epoch * stepsPerEpoch + step)),
      loss: measured(loss),
      data: measured(data),
    })
  }

  /** Validates, reports the epoch and asks the stop rules; false when its weights are no longer finite. */
  async #finishEpoch(): Promise<boolean> {
    const progress = this.#progress
    const { weights } = this.#stepper
    const train = this.#sums.means()
    const started = performance.now()
    const { validation, weights: summaries } = await this.#stepper.measure()
    this.#spend(0, (performance.now() - started) / 1000)
    if (summaries.some(({ norm }) => norm === null)) return false
    const learningRate = this.#judge.epochEnded(train.values, validation?.values ?? null, weights)
    progress.epoch += 1
    progress.step = 0
    this.#sums.reset()
    assignTensors(this.#epochEnd.weights, weights)
    this.#epochEnd = { epoch: progress.epoch, weights: this.#epochEnd.weights }

    const message: EpochMessage = {
      type: 'epoch',
      epoch: progress.epoch,
      train: measuredAll(train.values),
      validation: validation && measuredAll(validation.values),
      penalties: measuredAll(train.penalties),
      live: { ...progress.live },
      learningRate: progress.learningRate,
      seconds: progress.epochSeconds,
      best: this.#judge.bestSoFar(),
      weights: [...summaries],
    }
    progress.epochSeconds = 0
    this.#log.append(message)
    this.#options.tell(message)
    if (learningRate !== null) this.setLive(learningRateSetting, learningRate)
    return true
  }

  async #save(): Promise<void> {
    const started = performance.now()
    const { sums, rows } = this.#sums
    await writeCheckpoint(this.#options.folder, {
      fingerprint: this.#fingerprint,
      progress: { ...this.#progress, sums: [...sums], rows },
      documentLive: Object.fromEntries(this.prepared.program.live.map(({ name, value }) => [name, value])),
      weights: this.#stepper.weights,
      slots: this.#stepper.slots,
      epochEnd: this.#progress.step > 0 ? this.#epochEnd : null,
      best: this.#judge.best,
    })
    const at = performance.now()
    this.#checkpoint = { at, cost: at - started }
  }
}
