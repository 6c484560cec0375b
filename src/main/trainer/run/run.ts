/** One training run: slices of steps, epochs, early stopping, checkpoints, and what it tells while it goes. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { failureOf } from '#shared/failure.ts'
import { unclearName } from '#engine/compile/schedules.ts'
import { checkParam } from '#engine/project/check.ts'
import { CallError } from '#shared/result.ts'
import type { WeightsChoice } from '#shared/routes.ts'
import type { StepRange, Steps, WeightHistory } from '#shared/history.ts'
import { type RunInfo, tellingPause } from '#shared/run.ts'
import { type Checkpoint, readMark, writeCheckpoint } from '../checkpoint.ts'
import { type Divergence, explainDivergence, type Explanation, findDivergence } from './divergence.ts'
import { infoOf } from './info.ts'
import { Judge, learningRateSetting } from './judge.ts'
import { Marks } from './marks.ts'
import type { MetricsLog } from './metricsLog.ts'
import { type Opened, openRun, type RunOptions } from './opening.ts'
import { Pace } from './pace.ts'
import type { Prepared } from './prepare.ts'
import { refreshed } from './refresh.ts'
import { Requests } from './requests.ts'
import type { Scheduler } from './scheduler.ts'
import { SlicePlanner } from './slices.ts'
import { assignTensors, copyTensors, countNumbers, type Progress, type Snapshot, type Tensors } from './state.ts'
import { readSteps, type StepLog } from './stepLog.ts'
import type { Stepper } from './stepper.ts'
import { epochMessage, measured, ReportSums } from './summary.ts'
import { Watch } from './watch.ts'
import { finalWeights } from './weights.ts'

/** The weights that count: what is exported, and what the end of the run reports. */
export interface Kept extends Snapshot {
  /** They are not the ones the last step left. */
  readonly restored: boolean
}

interface Ending {
  readonly reason: 'finished' | 'early' | 'stopped' | 'diverged'
  readonly note: string | null
  readonly fault?: Explanation['fault'] | undefined
}

/** Milliseconds between the checkpoints of fast epochs. */
const checkpointInterval = 2000
/** Checkpoints may take this part of the time. */
const checkpointShare = 0.003

/** A wish of the person, heard between two slices. */
type Wish = 'go' | 'pause' | 'stop'

export class Run {
  readonly info: RunInfo
  readonly prepared: Prepared
  readonly #options: RunOptions
  readonly #fingerprint: string
  readonly #stepper: Stepper
  readonly #log: MetricsLog
  readonly #stepLog: StepLog
  readonly #watch: Watch
  readonly #progress: Progress
  readonly #scheduler: Scheduler
  readonly #marks: Marks
  #sums: ReportSums
  #judge: Judge
  readonly #pace = new Pace()
  readonly #finished: Promise<void>
  #epochEnd: Snapshot
  #wish: Wish = 'go'
  #wake: (() => void) | null = null
  #pausing: (() => void)[] = []
  readonly #requests = new Requests(() => this.#wake?.())
  #ended = false
  #diverged = false
  /** What the weights of the last step became when the run ended. */
  #final: Tensors | null = null
  #checkpoint = { at: performance.now(), cost: 0 }
  readonly #began = performance.now()
  #toldAt = 0

  private constructor(prepared: Prepared, options: RunOptions, parts: Opened) {
    const { program } = prepared
    const { progress, stepper, checkpoint } = parts
    this.prepared = prepared
    this.#options = options
    this.#fingerprint = parts.fingerprint
    this.#stepper = stepper
    this.#log = parts.log
    this.#stepLog = parts.stepLog
    this.#watch = new Watch(prepared, options.session)
    this.#progress = progress
    this.#scheduler = parts.scheduler
    this.#marks = new Marks(options.folder, progress)
    this.#sums = new ReportSums(program, progress.sums, progress.rows)
    this.#judge = new Judge(program.stops, progress, checkpoint?.best ?? new Map())
    if (this.#judge.hasMoreTime) progress.endedBy = null
    this.#epochEnd = checkpoint?.epochEnd ?? { epoch: progress.epoch, weights: copyTensors(stepper.weights) }
    this.info = infoOf(prepared, progress, countNumbers(stepper.weights))
    this.#finished = this.#go()
  }

  /** Makes the sessions, reads the checkpoint where one is wanted, and sets the run going. */
  static async start(prepared: Prepared, options: RunOptions): Promise<Run> {
    return new Run(prepared, options, await openRun(prepared, options))
  }

  /** Begins again from before a mark, after the run has ended. */
  again(mark: number): Promise<Run> {
    return Run.start(this.prepared, { ...this.#options, resume: true, rewind: mark })
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

  /** Changes a live setting from the next slice on; a CallError names the ones there are, or what it may be. */
  setLive(name: string, value: number): void {
    this.#mustGo()
    const { live } = this.prepared.program
    const spec = live.find((each) => each.name === name)
    if (!spec) throw new CallError('invalid', unclearName(name, [], live))
    const [issue] = checkParam(spec.declaration, value, [name], name)
    if (issue) throw new CallError('invalid', issue.message, [issue])
    // A run that ends first has no use for the change.
    this.#requests.add(() => this.#change(name, value, 'hand')).catch(() => undefined)
  }

  /**
   * Goes back to before a mark, after the slice that is going on, and on from there unless the run is paused; resolves when
   * that is saved. A CallError names the marks there are.
   */
  async rewind(mark: number): Promise<void> {
    this.#mustGo()
    await this.#requests.add(() => this.#goBack(mark))
  }

  /** Live settings as they are used now. */
  get live(): Readonly<Record<string, number>> {
    return this.#progress.live
  }

  /** The numbers of single steps, those there are of the range. */
  steps(range: StepRange): Promise<Steps> {
    return readSteps(this.#options.folder, this.prepared.program, range)
  }

  /** How weights, gradients and activations changed so far. */
  get history(): WeightHistory {
    return this.#watch.history()
  }

  /**
   * The weights to take away. Without a choice those of the best epoch where a rule goes back to them, else the last that
   * were finite, or what the techniques of the run put in their place when it ends. A CallError when no epoch is the best.
   */
  kept(choice?: WeightsChoice): Kept {
    const { epoch, step } = this.#progress
    const best = choice === 'best' ? this.#judge.bestWeights() : choice === 'last' ? null : this.#judge.restored()
    if (best) return { ...best, restored: best.epoch !== epoch || step > 0 }
    if (choice === 'best') {
      const mend = 'keep rows for validation, or let a rule watch a number, and train'
      throw new CallError('missing', `No epoch is known to be the best so far; ${mend}.`)
    }
    if (this.#diverged) return { ...this.#epochEnd, restored: true }
    return { epoch: step > 0 ? epoch + 1 : epoch, weights: this.#final ?? this.#averaged(), restored: false }
  }

  /**
   * The same in memory of their own, which a run that goes on does not write over, and with the moving statistics that
   * belong to them.
   */
  async taken(choice?: WeightsChoice): Promise<Kept> {
    const kept = this.kept(choice)
    if (this.#ended) return kept
    const weights = copyTensors(kept.weights)
    return { ...kept, weights: kept.restored ? weights : await this.#refreshed(weights) }
  }

  /** The same weights with the moving statistics that belong to them. */
  #refreshed(weights: Tensors): Promise<Tensors> {
    return refreshed(this.prepared, weights, this.#stepper.weights, this.#progress.live, this.#options.session)
  }

  /** What the techniques of the run put in the place of the weights. */
  #averaged(): Tensors {
    const { weights, slots } = this.#stepper
    return this.#progress.iteration > 0 ? finalWeights(weights, slots, this.prepared.program.final) : weights
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
      const { rewind } = this.#options
      if (rewind !== undefined) await this.#rewound(rewind)
      const { reason, note, fault } = await this.#train()
      // A checkpoint of what is not finite is of no use: the last one before stays.
      if (reason !== 'diverged') {
        await this.#save()
        this.#final = await this.#refreshed(this.#averaged())
        await this.#watch.look(this.#progress.epoch, this.#stepper.weights, this.#progress.live, true)
      }
      this.#end()
      const kept = this.kept()
      tell({
        type: 'ended',
        reason,
        epochs: this.#progress.epoch,
        keptEpoch: kept.epoch,
        restored: kept.restored,
        weights: [...(await this.#stepper.summarize(kept.weights))],
        seconds: this.#progress.seconds,
        note,
        ...(fault ? { fault } : {}),
      })
    } catch (error) {
      this.#end()
      tell({ type: 'failed', error: failureOf(error) })
    }
    await this.#stepper.release()
    await this.#watch.release()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#log.close()
    this.#stepLog.close()
    for (const resolve of this.#pausing.splice(0)) resolve()
    this.#requests.refuse(new CallError('busy', 'The run ended before it could do that.'))
  }

  async #train(): Promise<Ending> {
    const progress = this.#progress
    const { epochs, stepsPerEpoch } = this.info
    if (progress.endedBy !== null) return { reason: 'early', note: null }
    if (this.#options.resume === 'still') return { reason: 'stopped', note: null }
    const planner = new SlicePlanner(this.#stepper.callSeconds)
    this.#stepper.orderRows(progress.epoch)
    while (progress.epoch < epochs) {
      while (progress.step < stepsPerEpoch) {
        if (await this.#heed()) return { reason: 'stopped', note: null }
        this.#followSchedules()
        await this.#marks.keep(() => this.#state())
        const divergence = await this.#slice(planner)
        if (divergence) return this.#diverge(divergence)
        this.#tellProgress()
        if (progress.step < stepsPerEpoch && this.#judge.timeIsOver()) return { reason: 'early', note: null }
      }
      if (!(await this.#finishEpoch())) {
        return this.#diverge({ epoch: progress.epoch + 1, step: stepsPerEpoch, penalty: null })
      }
      if (progress.endedBy !== null || this.#judge.timeIsOver()) return { reason: 'early', note: null }
      const { at, cost } = this.#checkpoint
      if (performance.now() - at >= Math.max(checkpointInterval, cost / checkpointShare)) await this.#save()
      this.#stepper.orderRows(progress.epoch)
    }
    return { reason: 'finished', note: null }
  }

  #diverge(divergence: Divergence): Ending {
    this.#diverged = true
    return { reason: 'diverged', ...explainDivergence(divergence, this.prepared.project, this.#progress.live) }
  }

  /** Lets messages in and does what they ask; true when the run is to stop. */
  async #heed(): Promise<boolean> {
    await nextTurn()
    await this.#requests.answer()
    if (this.#wish === 'pause') {
      await this.#save()
      this.#options.tell({ type: 'paused', epoch: this.#progress.epoch + 1, step: this.#progress.step })
      for (const resolve of this.#pausing.splice(0)) resolve()
      while (this.#wishes('pause')) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        await this.#requests.answer()
        if (this.#wishes('pause')) await woken
      }
      this.#wake = null
      await this.#requests.answer()
      if (this.#wishes('go')) this.#options.tell({ type: 'resumed' })
    }
    return this.#wishes('stop')
  }

  /** Feeds another number from the next slice on, and tells so; to be called between slices. */
  #change(name: string, value: number, by: 'hand' | 'rule' | 'schedule', goesOn = false): void {
    const { epoch, step } = this.#progress
    const mark = this.#marks.markOf(name, by, goesOn)
    this.#stepper.setLive(name, value)
    this.#progress.live[name] = value
    const message = { type: 'live', name, value, epoch: epoch + 1, step, mark } as const
    this.#log.append(message)
    this.#options.tell(message)
  }

  /** Makes the scheduled changes that are due before the next step, once. */
  #followSchedules(): void {
    const progress = this.#progress
    if (progress.scheduled === progress.iteration) return
    const due = this.#scheduler.changesAt(progress.iteration).filter(({ name, value }) => progress.live[name] !== value)
    progress.scheduled = progress.iteration
    for (const { name, value, goesOn } of due) this.#change(name, value, 'schedule', goesOn)
  }

  async #goBack(mark: number): Promise<void> {
    await this.#marks.keep(() => this.#state())
    const checkpoint = await readMark(this.#options.folder, mark, this.#fingerprint)
    const { program } = this.prepared
    const { marks } = this.#progress
    const progress = Object.assign(this.#progress, checkpoint.progress, { marks })
    assignTensors(this.#stepper.weights, checkpoint.weights)
    assignTensors(this.#stepper.slots, checkpoint.slots)
    for (const [name, value] of Object.entries(progress.live)) this.#stepper.setLive(name, value)
    this.#stepper.orderRows(progress.epoch)
    this.#sums = new ReportSums(program, progress.sums, progress.rows)
    this.#judge = new Judge(program.stops, progress, checkpoint.best)
    this.#epochEnd = checkpoint.epochEnd ?? { epoch: progress.epoch, weights: copyTensors(checkpoint.weights) }
    await this.#marks.cutFrom(mark)
    await this.#log.rewind(progress.epoch, progress.step, mark)
    this.#stepLog.cut(progress.iteration)
    this.#watch.cut(progress.epoch + 1)
    await this.#rewound(mark)
  }

  /** Saves the state before a mark as the run's own and tells so. */
  async #rewound(mark: number): Promise<void> {
    await this.#save()
    const { epoch, step, live } = this.#progress
    this.#options.tell({ type: 'rewound', mark, epoch: epoch + 1, step, live: { ...live } })
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
    const most = Math.min(left, this.#scheduler.stepsUntilChange(progress.iteration))
    const wanted = left > 0 ? (this.#options.sliceLength?.(most) ?? planner.next(most)) : 1
    const started = performance.now()
    const { steps, rows, report, learningRates } = await this.#stepper.slice(progress, wanted)
    const seconds = (performance.now() - started) / 1000
    if (left > 0) planner.record(steps, seconds)
    this.#spend(steps, seconds)
    const divergence = findDivergence(report, columns)
    const told = divergence ? divergence.line + 1 : steps
    this.#stepLog.append(progress.iteration, report.subarray(0, told * columns.length), learningRates.subarray(0, told))
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
    const { validation, trainInference, weights: summaries } = await this.#stepper.measure()
    this.#spend(0, (performance.now() - started) / 1000)
    if (summaries.some(({ norm }) => norm === null)) return false
    const numbers = {
      train: train.values,
      validation: validation?.values ?? null,
      trainInference: trainInference?.values ?? null,
    }
    const learningRate = this.#judge.epochEnded(numbers, weights)
    progress.epoch += 1
    await this.#watch.look(progress.epoch, weights, progress.live)
    progress.step = 0
    this.#sums.reset()
    assignTensors(this.#epochEnd.weights, weights)
    this.#epochEnd = { epoch: progress.epoch, weights: this.#epochEnd.weights }

    const message = epochMessage(progress, { train, validation, trainInference }, this.#judge.bestSoFar(), summaries)
    progress.epochSeconds = 0
    this.#log.append(message)
    this.#options.tell(message)
    if (learningRate !== null) this.#change(learningRateSetting, learningRate, 'rule')
    return true
  }

  /** All that the run is now. */
  #state(): Checkpoint {
    const { program } = this.prepared
    const { sums, rows } = this.#sums
    return {
      fingerprint: this.#fingerprint,
      progress: { ...this.#progress, sums: [...sums], rows },
      documentLive: Object.fromEntries(program.live.map(({ name, value }) => [name, value])),
      documentSchedules: Object.fromEntries(program.schedules),
      weights: this.#stepper.weights,
      slots: this.#stepper.slots,
      epochEnd: this.#progress.step > 0 ? this.#epochEnd : null,
      best: this.#judge.best,
    }
  }

  async #save(): Promise<void> {
    const started = performance.now()
    await this.#marks.keep(() => this.#state())
    await writeCheckpoint(this.#options.folder, this.#state())
    const at = performance.now()
    this.#checkpoint = { at, cost: at - started }
  }
}
