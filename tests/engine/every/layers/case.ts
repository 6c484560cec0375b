/** What the suite needs to know of a layer, and the layer built on its own. */
import { applyActivation } from '#engine/activations.ts'
import type { LayerDefinition, Params, ValuesOf } from '#engine/define.ts'
import { finish } from '#engine/graph/finish.ts'
import type { Shape, Value } from '#engine/graph/graph.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import type { Setting } from '#engine/project/project.ts'
import { evaluateNumbers, type Numbers } from '../../../support/evaluate64.ts'
import { count } from '../../../support/float64/array.ts'
import { array, randoms } from '../../../support/reals.ts'
import { legalValues } from '../../../support/settings.ts'

/** What went into a layer. */
export interface Given {
  readonly inputs: readonly Numbers[]
  /** Weights by their names within the layer: `kernel`. */
  readonly weights: Readonly<Record<string, Numbers>>
  /** The masks it drew, in order. */
  readonly masks: readonly Numbers[]
  readonly params: Readonly<Record<string, unknown>>
  readonly training: boolean
  /** Sizes of the output. */
  readonly shape: readonly number[]
}

/** What a layer may be given, and the shape of what it must put out; `batch` is any number of rows. */
export interface Case {
  readonly inputs: readonly Shape[]
  readonly params?: Partial<ValuesOf<Params>>
  readonly output: (params: Readonly<Record<string, unknown>>) => Shape
  /** The layer's own formula, before its activation. */
  readonly formula?: (given: Given) => ArrayLike<number>
  /** The numbers that come in, where not any between -2 and 2 will do. */
  readonly draw?: (input: number, count: number) => Float64Array
  /** The numbers of a weight, where not any between -2 and 2 will do. */
  readonly weight?: (name: string, count: number) => Float64Array
  /** How many random settings to try besides the defaults; 12 if not said. */
  readonly settings?: number
  /** Not differentiated by its inputs: they are indices. */
  readonly indices?: true
  /** While training it computes from the whole batch, and afterwards from what it has learned of it. */
  readonly modes?: true
}
export type Cases = Readonly<Record<string, readonly Case[]>>

/** A case whose output has the shape of its input. */
export const like = (...shape: Shape): Case => ({ inputs: [shape], output: () => shape })

/** How many rows every batch of the suite has. */
export const rows = 3
const sizesOf = (shape: Shape) => shape.map((dim) => (typeof dim === 'number' ? dim : rows))

export interface Built {
  readonly g: Builder
  readonly output: Value
  readonly feeds: Record<string, Numbers>
  /** What comes in, and the weights. */
  readonly inputs: readonly Value[]
  readonly weights: readonly { readonly value: Value; readonly trainable: boolean }[]
  /** What weights that are not trainable become, by name. */
  readonly updates: ReadonlyMap<string, Value>
  readonly penalized: readonly { readonly value: Value; readonly regularizers: readonly Setting[] }[]
  /** What it drew, and the rate of each mask. */
  readonly random: readonly string[]
  readonly rates: readonly Value[]
}

/** Builds a layer on its own, every value it asks for an input of the graph. */
export function build(
  layer: LayerDefinition,
  { inputs, draw, weight: drawWeight }: Pick<Case, 'inputs' | 'draw' | 'weight'>,
  params: ValuesOf<Params>,
  training: boolean,
  frozen = false,
): Built {
  const g = new Builder(layer.kind)
  const feeds: Record<string, Numbers> = {}
  const feed = (name: string, shape: Shape, numbers?: (count: number) => Float64Array): Value => {
    const sizes = sizesOf(shape)
    feeds[name] = array(sizes, numbers?.(count(sizes)) ?? randoms(`${layer.kind} ${name}`, count(sizes)))
    return g.input(name, 'float32', shape)
  }
  const values = inputs.map((shape, index) => feed(`x${index}`, shape, draw && ((size) => draw(index, size))))
  const weights = new Map<string, Built['weights'][number]>()
  const updates = new Map<string, Value>()
  const penalized: Built['penalized'][number][] = []
  const random: string[] = []
  const rates: Value[] = []
  const drawn = (kind: string, of: Shape | Value, numbers: (size: number, name: string) => Float64Array): Value => {
    const shape = 'name' in of ? of.shape : of
    const name = `${kind}${random.length}`
    random.push(name)
    feeds[name] = array(sizesOf(shape), numbers(count(sizesOf(shape)), name))
    return g.input(name, 'float32', shape)
  }
  const output = layer.build({
    g,
    name: 'layer',
    params,
    inputs: values,
    from: values.map(({ name }) => name),
    training,
    frozen,
    weight: (name, { shape, trainable = true }) => {
      const value = feed(`layer/${name}`, shape, drawWeight && ((size) => drawWeight(name, size)))
      weights.set(name, { value, trainable: trainable && !frozen })
      return value
    },
    update: (name, next) => {
      updates.set(name, next)
    },
    follow: (name, now, momentum) => {
      const weight = weights.get(name)?.value
      if (weight) updates.set(name, g.Add(g.Mul(weight, g.scalar(momentum)), g.Mul(now, g.scalar(1 - momentum))))
    },
    scalar: (name) => {
      feeds[`layer.${name}`] = array([], [Number(params[name])])
      return g.input(`layer.${name}`, 'float32', [])
    },
    mask: (of, rate) => {
      rates.push(rate)
      return drawn('mask', of, (size, name) => randoms(name, size, 0, 1).map(Math.round))
    },
    uniform: (of) => drawn('uniform', of, (size, name) => randoms(name, size, 0, 1)),
    normal: (of) => drawn('normal', of, (size, name) => randoms(name, size, -2, 2)),
    activity: (value, regularizers) => {
      penalized.push({ value, regularizers })
    },
    activation: (kind, value) => applyActivation(g, kind, value),
    fail: (message) => {
      throw new Error(message)
    },
  })
  return { g, output, feeds, inputs: values, weights: [...weights.values()], updates, penalized, random, rates }
}

/**
 * The layer's settings to try: random legal ones, under what the case fixes. Those that differ in nothing but what a layer
 * only hands on (initializers, regularizers, constraints) are one.
 */
export function settings(layer: LayerDefinition, { params, settings: count = 12 }: Case): ValuesOf<Params>[] {
  const distinct = new Map<string, ValuesOf<Params>>()
  for (const values of legalValues(layer, count).toReversed()) {
    const all = Object.assign({}, values, params)
    const own = Object.entries(all).filter(
      ([name]) => !['setting', 'settings'].includes(layer.params[name]?.type ?? ''),
    )
    distinct.set(JSON.stringify(own), all)
  }
  return [...distinct.values()].toReversed()
}

/** The numbers of one value of what was built; its output when none is named. */
export function compute({ g, output, feeds }: Built, value = output): Numbers {
  g.output(value, 'y')
  verify(g.graph)
  return evaluateNumbers(finish(g.graph), feeds)
}

/** What went into a layer that was built, for its formula. */
export function givenOf({ feeds, inputs, output, random }: Built, params: Given['params'], training: boolean): Given {
  return {
    inputs: inputs.flatMap(({ name }) => feeds[name] ?? []),
    weights: Object.fromEntries(
      Object.entries(feeds)
        .filter(([name]) => name.startsWith('layer/'))
        .map(([name, numbers]) => [name.slice('layer/'.length), numbers]),
    ),
    masks: random.flatMap((name) => feeds[name] ?? []),
    params,
    training,
    shape: sizesOf(output.shape),
  }
}
