/** The sessions of a run and the tensors they work on: steps in, reports out. */
import { hasImages, type Lowering } from '#engine/compile/lower.ts'
import { createRandom, permutation } from '#engine/random.ts'
import { blockOfRuntime } from '../block.ts'
import { openGraph } from '../model.ts'
import type { Feeds, Session, SessionOptions } from '../session.ts'
import { cutRows, type Part } from './parts.ts'
import type { Prepared } from './prepare.ts'
import { copyTensors, type FloatTensor, type Tensors } from './state.ts'
import type { ReportSums } from './summary.ts'
import { chunksOf, evaluateParts, type Evaluation, sampleOf } from './validation.ts'

/** Weights and slots: one set is read by a call while the other is written. */
interface StateSet {
  readonly weights: Tensors
  readonly slots: Tensors
  readonly feeds: Feeds
  readonly fetches: Feeds
}

/** Where a run is: steps done in the epoch, and since the very start. */
export interface Position {
  readonly step: number
  readonly iteration: number
}

/** What a call of the training graph did. */
export interface Slice {
  readonly steps: number
  /** Rows in each of its batches. */
  readonly rows: number
  /** One line a step, as wide as the program has columns. */
  readonly report: Float32Array
  /** Of each step, after the schedule. */
  readonly learningRates: Float32Array
}

export interface Measured {
  readonly validation: ReturnType<ReportSums['means']> | null
  /** Of the sample of training rows; null without validation rows. */
  readonly trainInference: ReturnType<ReportSums['means']> | null
  readonly weights: Evaluation['weights']
}

interface Sessions {
  /** Batches of full size. */
  readonly full: Session
  /** The last batch of an epoch, where it is shorter. */
  readonly short: Session | null
  readonly evaluate: Session
}

/** Measured: writing the outputs, copying them and collecting the copies takes as long as copying them 2.5 times. */
const copiesPerCall = 2.5

const float32 = (value: number): FloatTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) })

const nextOf = (tensors: Tensors): Feeds =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [`${name}.next`, tensor]))

/** Drives a Program over the data that stay in memory with it. */
export class Stepper {
  /** What a call costs beside its steps, most of it for the copy of every output that the runtime makes. */
  readonly callSeconds: number
  readonly #prepared: Prepared
  readonly #sessions: Sessions
  readonly #live: ReadonlyMap<string, FloatTensor>
  readonly #order: BigInt64Array
  /** Validation rows, and training rows to be measured beside them; null without any. */
  readonly #measured: { readonly validation: readonly Part[]; readonly train: readonly Part[] } | null
  #current: StateSet
  #spare: StateSet

  private constructor(
    prepared: Prepared,
    sessions: Sessions,
    start: { readonly weights: Tensors; readonly slots: Tensors; readonly live: Readonly<Record<string, number>> },
  ) {
    const { program, train, validation, project } = prepared
    this.#prepared = prepared
    this.#sessions = sessions
    this.#live = new Map(program.live.map(({ name, value }) => [name, float32(start.live[name] ?? value)]))
    this.#order = new BigInt64Array(train.rows)
    this.#measured = validation && {
      validation: chunksOf(validation),
      train: chunksOf(sampleOf(cutRows(train, 0, prepared.tableRows), validation, project.training.seed)),
    }
    const clock: Feeds = {
      stepsPerEpoch: float32(Math.ceil(train.rows / prepared.batch)),
      epochs: float32(project.training.epochs),
    }
    const common: Feeds = {
      ...train.feeds,
      ...Object.fromEntries(Object.entries(clock).filter(([name]) => sessions.full.inputs.includes(name))),
      seed: { dtype: 'uint32', shape: [], data: Uint32Array.of(project.training.seed) },
      ...Object.fromEntries(this.#live),
    }
    const stateSet = (weights: Tensors, slots: Tensors): StateSet => ({
      weights,
      slots,
      feeds: { ...common, ...Object.fromEntries(weights), ...Object.fromEntries(slots) },
      fetches: { ...nextOf(weights), ...nextOf(slots) },
    })
    this.#current = stateSet(start.weights, start.slots)
    const copying = performance.now()
    const copies = [copyTensors(start.weights), copyTensors(start.slots)] as const
    this.callSeconds = (copiesPerCall * (performance.now() - copying)) / 1000
    this.#spare = stateSet(...copies)
  }

  /** Makes the sessions. The tensors of `start` become the stepper's own. */
  static async open(
    prepared: Prepared,
    start: { readonly weights: Tensors; readonly slots: Tensors; readonly live: Readonly<Record<string, number>> },
    options: SessionOptions,
  ): Promise<Stepper> {
    const { program, batch, train } = prepared
    const remainder = train.rows % batch
    const lowering: Lowering = { block: hasImages(program.predict()) ? await blockOfRuntime() : 0 }
    const sessions = {
      full: await openGraph(program.train(batch, lowering), options),
      short: remainder > 0 ? await openGraph(program.train(remainder, lowering), options) : null,
      evaluate: await openGraph(program.evaluate(), options),
    }
    return new Stepper(prepared, sessions, start)
  }

  /** The tensors as the last step left them; the next slice replaces them. */
  get weights(): Tensors {
    return this.#current.weights
  }
  get slots(): Tensors {
    return this.#current.slots
  }

  /** How many full batches an epoch has. */
  get fullSteps(): number {
    return Math.floor(this.#prepared.train.rows / this.#prepared.batch)
  }

  /** Feeds another number from the next slice on; false when there is no such live setting. */
  setLive(name: string, value: number): boolean {
    const input = this.#live.get(name)
    if (input) input.data[0] = value
    return input !== undefined
  }

  /**
   * Puts the rows an epoch (counted from 0) goes through in their order: those a technique draws, else each once. A pure function
   * of seed and epoch.
   */
  orderRows(epoch: number): void {
    const { project, program, classes } = this.#prepared
    const { seed, shuffle } = project.training
    const shuffled = () => (shuffle ? permutation(this.#order.length, seed, `shuffle/${epoch}`) : null)
    const order =
      program.order && classes ? program.order.rows(classes, createRandom(seed, `order/${epoch}`)) : shuffled()
    // The low halves of the int64 numbers; the high ones stay 0.
    const words = new Uint32Array(this.#order.buffer)
    for (let position = 0; position < this.#order.length; position++) {
      words[2 * position] = order?.[position] ?? position
    }
  }

  /**
   * Makes steps from a position within the epoch on: up to `steps` full batches, or the short one at the end. The new
   * weights wait until `accept`.
   */
  async slice(position: Position, steps: number): Promise<Slice> {
    const { batch, train } = this.#prepared
    const { full, short } = this.#sessions
    if (position.step < this.fullSteps) {
      return this.#call(full, position, steps, batch)
    }
    if (!short) throw new Error('there is no graph for the short batch')
    return this.#call(short, position, 1, train.rows % batch)
  }

  /** Goes on from what the last slice left. */
  accept(): void {
    const before = this.#current
    this.#current = this.#spare
    this.#spare = before
  }

  async #call(session: Session, position: Position, steps: number, rows: number): Promise<Slice> {
    const first = position.step * this.#prepared.batch
    const width = this.#prepared.program.columns.length
    const report = new Float32Array(steps * width)
    const learningRates = new Float32Array(steps)
    const iterations = BigInt64Array.from({ length: steps }, (_, index) => BigInt(position.iteration + index))
    await session.runInto(
      {
        ...this.#current.feeds,
        batches: { dtype: 'int64', shape: [steps, rows], data: this.#order.subarray(first, first + steps * rows) },
        iterations: { dtype: 'int64', shape: [steps], data: iterations },
      },
      {
        ...this.#spare.fetches,
        report: { dtype: 'float32', shape: [steps, width], data: report },
        learningRates: { dtype: 'float32', shape: [steps], data: learningRates },
      },
    )
    return { steps, rows, report, learningRates }
  }

  /** Validation rows, as many training rows and the weights as the last step left them, in inference mode. */
  async measure(): Promise<Measured> {
    if (!this.#measured) {
      return { validation: null, trainInference: null, weights: await this.summarize(this.weights) }
    }
    const { sums, weights } = await this.#evaluate(this.#measured.validation, this.weights)
    const train = await this.#evaluate(this.#measured.train, this.weights)
    return { validation: sums.means(), trainInference: train.sums.means(), weights }
  }

  /** Counts, norms and ranges of weights. */
  async summarize(weights: Tensors): Promise<Evaluation['weights']> {
    return (await this.#evaluate([cutRows(this.#prepared.train, 0, 1)], weights)).weights
  }

  #evaluate(parts: readonly Part[], weights: Tensors): Promise<Evaluation> {
    const { program } = this.#prepared
    return evaluateParts(this.#sessions.evaluate, program, parts, new Map([...this.#live, ...weights]))
  }

  /** Frees the sessions; weights and slots stay. */
  async release(): Promise<void> {
    const { full, short, evaluate } = this.#sessions
    for (const session of [full, short, evaluate]) await session?.release()
  }
}
