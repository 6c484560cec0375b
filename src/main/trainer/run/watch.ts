/** Weights, gradients and activations looked at now and then while a run goes on, in memory that does not grow with it. */
import { buildWatchGraph } from '#engine/compile/watch.ts'
import { GraphError, type Tensor } from '#engine/graph/graph.ts'
import { permutation } from '#engine/random.ts'
import { isTechniquesOwn } from '#engine/weightName.ts'
import type { WeightHistory, WeightMoment } from '#shared/history.ts'
import { openGraph } from '../model.ts'
import type { Feeds, Session, SessionOptions } from '../session.ts'
import { cutRows, type Part, pickRows } from './parts.ts'
import type { Prepared } from './prepare.ts'
import { countedOf, histogramOf } from './histogram.ts'
import type { FloatTensor, Tensors } from './state.ts'
import { measured } from './summary.ts'

/** Milliseconds between two looks: a part of the run's age, from the least to the most; and the part of the time they may take. */
const pause = { least: 50, most: 1000, ofAge: 0.05 }
const share = 0.02

/** So many moments are kept; when there are more, every other one goes. */
const mostMoments = 60

/** Rows that gradients and activations are of. */
const sampleRows = 64

interface Moment {
  readonly epoch: number
  readonly weights: ReadonlyMap<string, WeightMoment>
  readonly layers: ReadonlyMap<string, { readonly activation: number | null; readonly still: number }>
}

/** Keeps every other one of too many, so that what is left spans the whole run. */
export function thinned<T>(moments: readonly T[], most: number): readonly T[] {
  return moments.length <= most
    ? moments
    : moments.filter((_, index) => index % 2 === 0 || index === moments.length - 1)
}

export class Watch {
  readonly #prepared: Prepared
  readonly #options: SessionOptions
  readonly #sample: Part
  readonly #began = performance.now()
  /** Opened for the first look; null where the network cannot be looked at that way, and has its weights alone. */
  #session: Promise<Session | null> | null = null
  #units: ReadonlyMap<string, number> = new Map()
  #moments: readonly Moment[] = []
  #due = 0

  constructor(prepared: Prepared, options: SessionOptions) {
    const { project, train, tableRows } = prepared
    this.#prepared = prepared
    this.#options = options
    const rows = permutation(tableRows, project.training.seed, 'watch').slice(0, sampleRows).sort()
    this.#sample = pickRows(cutRows(train, 0, tableRows), rows)
  }

  async #open(): Promise<Session | null> {
    const { project, program, shape } = this.#prepared
    try {
      const graph = buildWatchGraph(project, shape, program.inputs, this.#sample.rows)
      const layers = graph.outputs.flatMap(({ name }) =>
        name.endsWith('.still') ? [name.slice(0, -'.still'.length)] : [],
      )
      this.#units = new Map(
        layers.map((layer) => {
          const kernel = program.weights.find(({ name, shape: own }) => name.startsWith(`${layer}/`) && own.length > 0)
          return [layer, kernel?.shape.at(-1) ?? 0]
        }),
      )
      return await openGraph(graph, this.#options)
    } catch (error) {
      if (error instanceof GraphError) return null
      throw error
    }
  }

  /** Looks at the weights after an epoch, counted from 1, unless it did so a moment ago; the last time without regard to that. */
  async look(epoch: number, weights: Tensors, live: Readonly<Record<string, number>>, isLast = false): Promise<void> {
    const isKnown = this.#moments.at(-1)?.epoch === epoch
    if (isKnown || epoch === 0 || (!isLast && performance.now() < this.#due)) return
    const session = await (this.#session ??= this.#open())
    const began = performance.now()
    const shown = session ? await this.#run(session, weights, live) : {}
    const scalar = (name: string): number | null => {
      const number = shown[name]?.data[0]
      return number === undefined ? null : measured(Number(number))
    }
    const own = this.#prepared.program.weights.filter(({ name }) => !isTechniquesOwn(name))
    const moment: Moment = {
      epoch,
      weights: new Map(
        own.flatMap(({ name }): [string, WeightMoment][] => {
          const data = weights.get(name)?.data
          return data ? [[name, momentOf(epoch, data, scalar(`${name}.gradient`))]] : []
        }),
      ),
      layers: new Map(
        [...this.#units.keys()].map((layer) => [
          layer,
          { activation: scalar(`${layer}.activation`), still: scalar(`${layer}.still`) ?? 0 },
        ]),
      ),
    }
    this.#moments = thinned([...this.#moments, moment], mostMoments)
    const now = performance.now()
    const { least, most, ofAge } = pause
    const usual = Math.min(most, Math.max(least, (now - this.#began) * ofAge))
    this.#due = now + Math.max(usual, (now - began) / share)
  }

  #run(
    session: Session,
    weights: Tensors,
    live: Readonly<Record<string, number>>,
  ): Promise<Readonly<Partial<Record<string, Tensor>>>> {
    const settings = this.#prepared.program.live.map(({ name, value }): [string, FloatTensor] => [
      name,
      { dtype: 'float32', shape: [], data: Float32Array.of(live[name] ?? value) },
    ])
    const known: Feeds = { ...this.#sample.feeds, ...Object.fromEntries(settings), ...Object.fromEntries(weights) }
    return session.run(Object.fromEntries(Object.entries(known).filter(([name]) => session.inputs.includes(name))))
  }

  /** Forgets what was seen from an epoch on, counted from 1. */
  cut(epoch: number): void {
    this.#moments = this.#moments.filter((moment) => moment.epoch < epoch)
    this.#due = 0
  }

  /** What was seen so far. */
  history(): WeightHistory {
    const { program } = this.#prepared
    return {
      rows: this.#sample.rows,
      weights: program.weights
        .filter(({ name }) => !isTechniquesOwn(name))
        .map(({ name, shape }) => {
          const size = shape.reduce((product, dim) => product * dim, 1)
          const moments = this.#moments.flatMap(({ weights }) => weights.get(name) ?? [])
          return { name, size, counted: countedOf(size), moments }
        }),
      layers: [...this.#units].map(([name, units]) => ({
        name,
        units,
        moments: this.#moments.flatMap(({ epoch, layers }) => {
          const layer = layers.get(name)
          return layer ? [{ epoch, ...layer }] : []
        }),
      })),
    }
  }

  async release(): Promise<void> {
    await (await this.#session)?.release()
  }
}

function momentOf(epoch: number, data: Float32Array, gradientNorm: number | null): WeightMoment {
  const histogram = histogramOf(data)
  let squares = 0
  for (const number of data) squares += number * number
  return {
    epoch,
    counts: histogram?.counts ?? [],
    min: histogram?.min ?? 0,
    max: histogram?.max ?? 0,
    norm: measured(Math.sqrt(squares)),
    gradientNorm,
  }
}
