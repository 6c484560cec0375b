/** One training run: slices of steps, epochs, early stopping, checkpoints, and what it tells while it goes. */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Tensor } from '#engine/graph/graph.ts'
import { permutation } from '#engine/random.ts'
import { failureOf } from '#shared/failure.ts'
import { CallError } from '#shared/result.ts'
import type { EpochMessage, RunInfo, RunMessage } from '#shared/run.ts'
import { type Checkpoint, readCheckpoint, removeCheckpoints, writeCheckpoint } from '../checkpoint.ts'
import { openGraph } from '../model.ts'
import type { Feeds, Session, SessionOptions } from '../session.ts'
import { type Divergence, explainDivergence, findDivergence } from './divergence.ts'
import { MetricsLog } from './metricsLog.ts'
import { fingerprintOf, type Part, type Prepared } from './prepare.ts'
import { SlicePlanner } from './slices.ts'
import { assignTensors, bytesOf, copyTensors, type Progress, type Snapshot, type Tensors } from './state.ts'
import { measured, ReportSums, summarizeWeights } from './summary.ts'
import { initialSlots, initialWeights } from './weights.ts'

export interface RunOptions {
  /** Where checkpoints and metrics are kept. */
  readonly folder: string
  /** Go on from the folder's checkpoint when it fits. */
  readonly resume: boolean
  readonly session: SessionOptions
  readonly tell: (message: RunMessage) => void
  /** How many of the `left` steps the next call makes; by default slices of about 75 ms. */
  readonly sliceLength?: (left: number) => number
}

/** Weights and slots: one set is read by a call while the other is written. */
interface StateSet {
  readonly weights: Tensors
  readonly slots: Tensors
  readonly feeds: Feeds
  readonly fetches: Feeds
}

/** The weights that count: what is exported, and what the end of the run reports. */
export interface Kept extends Snapshot {
  /** They are not the ones the last step left. */
  readonly restored: boolean
}

const progressInterval = 50
const checkpointInterval = 2000
/** A checkpoint may take this part of the time. */
const checkpointShare = 0.02
/** Rows validated in one call times numbers in a row, at most: 16 MB. */
const validationNumbers = 4 * 1024 * 1024

const int64 = (value = 0): Tensor & { readonly data: BigInt64Array } => ({
  dtype: 'int64',
  shape: [],
  data: BigInt64Array.of(BigInt(value)),
})
const scalar = (value: number): Tensor & { readonly data: Float32Array } => ({
  dtype: 'float32',
  shape: [],
  data: Float32Array.of(value),
})

function rowsOf(tensor: Tensor, from: number, to: number): Tensor {
  const { data, shape } = tensor
  if (!ArrayBuffer.isView(data)) throw new Error('text tensors have no rows to cut')
  const width = shape.slice(1).reduce((product, dim) => product * dim, 1)
  return { ...tensor, shape: [to - from, ...shape.slice(1)], data: data.subarray(from * width, to * width) }
}

const entriesOf = (tensors: Tensors): Feeds => Object.fromEntries(tensors)
const nextOf = (tensors: Tensors): Feeds =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [`${name}.next`, tensor]))

/** A wish of the person, heard between two slices. */
type Wish = 'go' | 'pause' | 'stop'

export class Run {
  readonly info: RunInfo
  readonly prepared: Prepared
  readonly #options: RunOptions
  readonly #fingerprint: string
  readonly #sessions: { readonly full: Session; readonly short: Session | null; readonly evaluate: Session | null }
  readonly #log: MetricsLog
  readonly #progress: Progress
  readonly #sums: ReportSums
  readonly #best: Map<number, Snapshot>
  readonly #documentLive: Readonly<Record<string, number>>
  readonly #live: ReadonlyMap<string, ReturnType<typeof scalar>>
  readonly #order: BigInt64Array
  readonly #first = int64()
  readonly #steps = int64()
  readonly #iteration = int64()
  readonly #chunks: readonly { readonly rows: number; readonly x: Tensor; readonly y: Tensor }[]
  readonly #planner: SlicePlanner

  #current: StateSet
  #spare: StateSet
  #epochEnd: Snapshot
  #wish: Wish = 'go'
  #wake: (() => void) | null = null
  #pausing: (() => void)[] = []
  #ended = false
  readonly #finished: Promise<void>
  #diverged = false
  #checkpointAt = performance.now()
  #checkpointCost = 0
  #toldAt = 0
  #recent = { steps: 0, seconds: 0 }
  /** Steps and seconds of this session, to tell how long the rest will take. */
  #pace = { steps: 0, seconds: 0 }

  private constructor(
    prepared: Prepared,
    options: RunOptions,
    parts: {
      readonly fingerprint: string
      readonly sessions: { readonly full: Session; readonly short: Session | null; readonly evaluate: Session | null }
      readonly log: MetricsLog
      readonly checkpoint: Checkpoint | null
    },
  ) {
    const { program, train, validation, project } = prepared
    const { checkpoint } = parts
    this.prepared = prepared
    this.#options = options
    this.#fingerprint = parts.fingerprint
    this.#sessions = parts.sessions
    this.#log = parts.log
    this.#documentLive = Object.fromEntries(program.live.map(({ name, value }) => [name, value]))
    this.#progress = checkpoint?.progress ?? {
      epoch: 0,
      step: 0,
      iteration: 0,
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
      const used = this.#progress.live[name]
      // A setting edited in the project since then is what the person wants now.
      if (used === undefined || checkpoint?.documentLive[name] !== value) this.#progress.live[name] = value
    }
    this.#sums = new ReportSums(program.columns)
    this.#sums.restore(this.#progress.sums, this.#progress.rows)
    this.#best = new Map(checkpoint?.best ?? [])
    this.#live = new Map(program.live.map(({ name, value }) => [name, scalar(this.#progress.live[name] ?? value)]))
    this.#order = new BigInt64Array(train.rows)

    const weights = checkpoint?.weights ?? initialWeights(program.weights, project.training.seed, prepared.imported)
    const slots = checkpoint?.slots ?? initialSlots(program.slots)
    const common: Feeds = {
      x: train.x,
      y: train.y,
      order: { dtype: 'int64', shape: [train.rows], data: this.#order },
      first: this.#first,
      steps: this.#steps,
      iteration: this.#iteration,
      seed: { dtype: 'uint32', shape: [], data: Uint32Array.of(project.training.seed) },
      ...Object.fromEntries(this.#live),
    }
    const stateSet = (set: { readonly weights: Tensors; readonly slots: Tensors }): StateSet => ({
      ...set,
      feeds: { ...common, ...entriesOf(set.weights), ...entriesOf(set.slots) },
      fetches: { ...nextOf(set.weights), ...nextOf(set.slots) },
    })
    const copying = performance.now()
    const copy = { weights: copyTensors(weights), slots: copyTensors(slots) }
    this.#planner = new SlicePlanner((performance.now() - copying) / 1000)
    this.#current = stateSet({ weights, slots })
    this.#spare = stateSet(copy)
    this.#epochEnd = checkpoint?.epochEnd ?? { epoch: this.#progress.epoch, weights: copyTensors(weights) }
    this.#chunks = validation ? chunksOf(validation) : []
    this.#writeOrder()

    this.info = {
      id: randomUUID(),
      epochs: project.training.epochs,
      stepsPerEpoch: Math.ceil(train.rows / prepared.batch),
      rows: { train: train.rows, validation: validation?.rows ?? 0 },
      parameters: bytesOf(weights) / 4,
      penalties: [...program.penalties],
      metrics: [...program.metrics],
      live: program.live.map(({ name, value }) => ({ name, value: this.#progress.live[name] ?? value })),
      startEpoch: this.#progress.epoch,
    }
    this.#finished = this.#go()
  }

  /** Makes the sessions, reads the checkpoint where one is wanted, and sets the run going. */
  static async start(prepared: Prepared, options: RunOptions): Promise<Run> {
    const { program, batch, train, validation } = prepared
    const graph = program.train(batch)
    const fingerprint = fingerprintOf(prepared, graph)
    const remainder = train.rows % batch
    const checkpoint = options.resume ? await readCheckpoint(options.folder, fingerprint) : null
    if (!checkpoint) await removeCheckpoints(options.folder)
    const sessions = {
      full: await openGraph(graph, options.session),
      short: remainder > 0 ? await openGraph(program.train(remainder), options.session) : null,
      evaluate: validation ? await openGraph(program.evaluate(), options.session) : null,
    }
    const { epoch, step } = checkpoint?.progress ?? { epoch: 0, step: 0 }
    const log = await MetricsLog.open(options.folder, epoch, step)
    return new Run(prepared, options, { fingerprint, sessions, log, checkpoint })
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
    if (this.#wish === 'stop') return
    if (this.#wake) return
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
    const input = this.#live.get(name)
    if (!input) {
      const known = [...this.#live.keys()].join(', ')
      throw new CallError('invalid', `"${name}" cannot change while training; these can: ${known || 'none'}.`)
    }
    if (!Number.isFinite(value)) throw new CallError('invalid', `${name}: ${value} is not a number to train with.`)
    input.data[0] = value
    this.#progress.live[name] = value
    const message = { type: 'live', name, value, epoch: this.#progress.epoch + 1, step: this.#progress.step } as const
    this.#log.append(message)
    this.#options.tell(message)
  }

  /** The weights to take away: the best ones where early stopping restores them, else the last that were finite. */
  kept(): Kept {
    const { stops } = this.prepared.program
    const { endedBy, epoch, step } = this.#progress
    const restoring = stops.map((_, rule) => rule).filter((rule) => this.#best.has(rule))
    const rule = restoring.find((each) => each === endedBy) ?? restoring[0]
    const best = rule === undefined ? undefined : this.#best.get(rule)
    if (best) return { ...best, restored: best.epoch !== epoch || step > 0 }
    if (this.#diverged) return { ...this.#epochEnd, restored: true }
    return { epoch: step > 0 ? epoch + 1 : epoch, weights: this.#current.weights, restored: false }
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
      if (reason !== 'diverged') await this.#save()
      this.#end()
      const kept = this.kept()
      tell({
        type: 'ended',
        reason,
        epochs: this.#progress.epoch,
        keptEpoch: kept.epoch,
        restored: kept.restored,
        weights: summarizeWeights(kept.weights),
        seconds: this.#progress.seconds,
        note,
      })
    } catch (error) {
      this.#end()
      tell({ type: 'failed', error: failureOf(error) })
    }
    const { full, short, evaluate } = this.#sessions
    for (const session of [full, short, evaluate]) await session?.release()
  }

  #end(): void {
    this.#ended = true
    this.#log.close()
    for (const resolve of this.#pausing.splice(0)) resolve()
  }

  async #train(): Promise<{
    readonly reason: 'finished' | 'early' | 'stopped' | 'diverged'
    readonly note: string | null
  }> {
    const progress = this.#progress
    const { epochs, stepsPerEpoch } = this.info
    const diverged = (divergence: Divergence) => {
      this.#diverged = true
      return { reason: 'diverged', note: explainDivergence(divergence, this.prepared.project, progress.live) } as const
    }
    if (progress.endedBy !== null) return { reason: 'early', note: null }
    while (progress.epoch < epochs) {
      while (progress.step < stepsPerEpoch) {
        if (await this.#heed()) return { reason: 'stopped', note: null }
        const divergence = await this.#slice()
        if (divergence) return diverged(divergence)
        this.#tellProgress()
      }
      if (!(await this.#finishEpoch()))
        return diverged({ epoch: progress.epoch + 1, step: stepsPerEpoch, penalty: null })
      if (progress.endedBy !== null) return { reason: 'early', note: null }
      if (
        performance.now() - this.#checkpointAt >=
        Math.max(checkpointInterval, this.#checkpointCost / checkpointShare)
      ) {
        await this.#save()
      }
    }
    return { reason: 'finished', note: null }
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
      if (this.#wishIs('go')) this.#options.tell({ type: 'resumed' })
    }
    return this.#wishIs('stop')
  }

  /** The wish may have changed while something was awaited. */
  #wishIs(wish: Wish): boolean {
    return this.#wish === wish
  }

  /** The epoch's order of rows: a pure function of seed and epoch. */
  #writeOrder(): void {
    const { seed, shuffle } = this.prepared.project.training
    const order = shuffle ? permutation(this.#order.length, seed, `shuffle/${this.#progress.epoch}`) : null
    for (let position = 0; position < this.#order.length; position++) {
      this.#order[position] = BigInt(order?.[position] ?? position)
    }
  }

  /** One call of the training graph; tells where the loss stopped being finite, if it did. */
  async #slice(): Promise<Divergence | null> {
    const progress = this.#progress
    const { batch, train, program } = this.prepared
    const fullSteps = Math.floor(train.rows / batch)
    const left = fullSteps - progress.step
    const short = left === 0
    const steps = short ? 1 : (this.#options.sliceLength?.(left) ?? this.#planner.next(left))
    const session = short ? this.#sessions.short : this.#sessions.full
    if (!session) throw new Error('no graph for the short batch')
    this.#first.data[0] = BigInt(progress.step * batch)
    this.#steps.data[0] = BigInt(steps)
    this.#iteration.data[0] = BigInt(progress.iteration)
    const width = program.columns.length
    const report = new Float32Array(steps * width)

    const started = performance.now()
    await session.runInto(this.#current.feeds, {
      ...this.#spare.fetches,
      report: { dtype: 'float32', shape: [steps, width], data: report },
    })
    const seconds = (performance.now() - started) / 1000
    if (!short) this.#planner.record(steps, seconds)
    this.#count(steps, seconds)
    const { step } = progress
    const divergence = findDivergence(report, program.columns)
    if (divergence) {
      return { epoch: progress.epoch + 1, step: step + divergence.line + 1, penalty: divergence.penalty }
    }
    const before = this.#current
    this.#current = this.#spare
    this.#spare = before
    const rows = short ? train.rows % batch : batch
    for (let line = 0; line < steps; line++) this.#sums.add(report, line * width, rows)
    progress.step += steps
    progress.iteration += steps
    return null
  }

  #count(steps: number, seconds: number): void {
    this.#progress.seconds += seconds
    this.#progress.epochSeconds += seconds
    for (const pace of [this.#recent, this.#pace]) {
      pace.steps += steps
      pace.seconds += seconds
    }
  }

  #tellProgress(): void {
    const now = performance.now()
    if (now - this.#toldAt < progressInterval) return
    this.#toldAt = now
    const { epoch, step, iteration } = this.#progress
    const { epochs, stepsPerEpoch } = this.info
    const { values } = this.#sums.means()
    const left = epochs * stepsPerEpoch - (epoch * stepsPerEpoch + step)
    this.#options.tell({
      type: 'progress',
      epoch: epoch + 1,
      step,
      iteration,
      stepsPerSecond: this.#recent.seconds > 0 ? this.#recent.steps / this.#recent.seconds : 0,
      secondsLeft: this.#pace.steps > 1 ? (left * this.#pace.seconds) / this.#pace.steps : null,
      loss: measured(values['loss'] ?? Number.NaN),
      data: measured(values['data'] ?? Number.NaN),
    })
    this.#recent = { steps: 0, seconds: 0 }
  }

  /** Validation in inference mode, in chunks. */
  async #validate(): Promise<Record<string, number> | null> {
    const { evaluate } = this.#sessions
    if (!evaluate) return null
    const started = performance.now()
    const { columns } = this.prepared.program
    const sums = new ReportSums(columns)
    const report = new Float32Array(columns.length)
    const fetched: Tensor = { dtype: 'float32', shape: [columns.length], data: report }
    const state = { ...Object.fromEntries(this.#live), ...entriesOf(this.#current.weights) }
    for (const { rows, x, y } of this.#chunks) {
      await evaluate.runInto(pick(evaluate.inputs, { ...state, x, y }), { report: fetched })
      sums.add(report, 0, rows)
    }
    this.#count(0, (performance.now() - started) / 1000)
    return sums.means().values
  }

  /** Reports the epoch and asks the stop rules; false when its weights are no longer finite. */
  async #finishEpoch(): Promise<boolean> {
    const progress = this.#progress
    const { weights } = this.#current
    const summaries = summarizeWeights(weights)
    if (summaries.some(({ norm }) => norm === null)) return false
    const train = this.#sums.means()
    const validation = await this.#validate()
    this.#judge(train.values, validation)
    progress.epoch += 1
    progress.step = 0
    this.#sums.reset()
    assignTensors(this.#epochEnd.weights, weights)
    this.#epochEnd = { epoch: progress.epoch, weights: this.#epochEnd.weights }

    const message: EpochMessage = {
      type: 'epoch',
      epoch: progress.epoch,
      train: allMeasured(train.values),
      validation: validation && allMeasured(validation),
      penalties: allMeasured(train.penalties),
      live: { ...progress.live },
      learningRate: progress.live['optimizer.learningRate'] ?? 0,
      seconds: progress.epochSeconds,
      best: this.#bestSoFar(),
      weights: summaries,
    }
    progress.epochSeconds = 0
    this.#log.append(message)
    this.#options.tell(message)
    this.#writeOrder()
    return true
  }

  /** Asks every stop rule about the epoch that has just ended. */
  #judge(train: Record<string, number>, validation: Record<string, number> | null): void {
    const progress = this.#progress
    this.prepared.program.stops.forEach(({ rule, params, monitor, better }, index) => {
      const [part, name = ''] = monitor.split('/')
      const value = (part === 'validation' ? validation : train)?.[name]
      const state = progress.stops[index]
      if (value === undefined || state === undefined) return
      const decision = rule.decide({ params, state, epoch: progress.epoch, value, better })
      progress.stops[index] = decision.state
      if (decision.improved && rule.restoreBest(params)) {
        const kept = this.#best.get(index)?.weights ?? copyTensors(this.#current.weights)
        assignTensors(kept, this.#current.weights)
        this.#best.set(index, { epoch: progress.epoch + 1, weights: kept })
      }
      if (decision.stop) progress.endedBy ??= index
    })
    const loss = validation?.['loss']
    if (loss !== undefined && (progress.best === null ? Number.isFinite(loss) : loss < progress.best.value)) {
      progress.best = { epoch: progress.epoch + 1, value: loss }
    }
  }

  #bestSoFar(): EpochMessage['best'] {
    const [stop] = this.prepared.program.stops
    const [state] = this.#progress.stops
    if (stop && state) {
      const { best, bestEpoch } = state
      return best === null || !Number.isFinite(best)
        ? null
        : { epoch: bestEpoch + 1, value: best, monitor: stop.monitor }
    }
    return this.#progress.best && { ...this.#progress.best, monitor: 'validation/loss' }
  }

  async #save(): Promise<void> {
    const started = performance.now()
    const { sums, rows } = this.#sums
    await writeCheckpoint(this.#options.folder, {
      fingerprint: this.#fingerprint,
      progress: { ...this.#progress, sums: [...sums], rows },
      documentLive: this.#documentLive,
      weights: this.#current.weights,
      slots: this.#current.slots,
      epochEnd: this.#progress.step > 0 ? this.#epochEnd : null,
      best: this.#best,
    })
    this.#checkpointAt = performance.now()
    this.#checkpointCost = this.#checkpointAt - started
  }
}

function chunksOf(part: Part): readonly { readonly rows: number; readonly x: Tensor; readonly y: Tensor }[] {
  const width = part.x.shape.slice(1).reduce((product, dim) => product * dim, 1)
  const size = Math.max(1, Math.floor(validationNumbers / Math.max(1, width)))
  return Array.from({ length: Math.ceil(part.rows / size) }, (_, index) => {
    const from = index * size
    const to = Math.min(part.rows, from + size)
    return { rows: to - from, x: rowsOf(part.x, from, to), y: rowsOf(part.y, from, to) }
  })
}

/** The runtime refuses inputs a graph does not have, e.g. the learning rate in an evaluation. */
function pick(names: readonly string[], feeds: Feeds): Feeds {
  const picked: Record<string, Tensor> = {}
  for (const name of names) {
    const tensor = feeds[name]
    if (tensor) picked[name] = tensor
  }
  return picked
}

const allMeasured = (values: Record<string, number>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, measured(value)]))
