/** Inputs with steps, or with rows and columns: what layers that move over places are given, and how ONNX wants it. */
import type { LayerContext } from '../define.ts'
import { formatShape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'

/** How many axes a layer moves over: steps, or rows and columns. */
export type Rank = 1 | 2

/** The axes a layer of this rank reads, in words. */
const axesOf = { 1: '[batch, steps, channels]', 2: '[batch, rows, columns, channels]' } as const

/** One number for each axis a layer moves over. */
export const perAxis = (rank: Rank, size: number): readonly number[] => (rank === 1 ? [size] : [size, size])

export interface Places {
  readonly x: Value
  /** Sizes of the axes between batch and channels. */
  readonly sizes: readonly number[]
  readonly channels: number
}

/** The one input of a layer, channels last; fails when it has other axes, or sizes that are not known. */
export function placesOf(
  { inputs, from, name, fail }: Pick<LayerContext, 'inputs' | 'from' | 'name' | 'fail'>,
  rank: Rank,
): Places {
  const [x] = inputs
  const [source = 'its input'] = from
  if (!x) return fail('needs an input')
  const given = `takes ${axesOf[rank]}, but ${source} gives ${formatShape(x.shape)}`
  const other = x.shape.length === 5 - rank ? `, or use the ${3 - rank}D layer` : ''
  if (x.shape.length !== rank + 2) return fail(`${given}; insert Reshape between ${source} and ${name}${other}`)
  const known = x.shape
    .slice(1)
    .map((dim) =>
      typeof dim === 'number' ? dim : fail(`${given}, whose sizes are not all known; give its Input a shape`),
    )
  return { x, sizes: known.slice(0, -1), channels: known.at(-1) ?? 1 }
}

/** A channels-last value, [batch, ...places, channels], as ONNX wants it: [batch, channels, ...places]. */
export function channelsFirst(g: Builder, x: Value): Value {
  const last = x.shape.length - 1
  return g.Transpose(x, [0, last, ...x.shape.slice(2).map((_, index) => index + 1)])
}

/** The way back: [batch, channels, ...places] as [batch, ...places, channels]. */
export function channelsLast(g: Builder, x: Value): Value {
  return g.Transpose(x, [0, ...x.shape.slice(2).map((_, index) => index + 2), 1])
}
