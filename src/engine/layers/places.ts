/** Inputs with steps, or with rows and columns: what layers that move over places are given, and how ONNX wants it. */
import type { LayerContext, LayerMend } from '../define.ts'
import { formatShape, sizeOf, type Shape, type Value } from '../graph/graph.ts'
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
  if (x.shape.length !== rank + 2)
    return fail(
      `${given}; insert Reshape between ${source} and ${name}${other}`,
      undefined,
      reshapeTo(rank === 1 ? asSequence(x.shape) : asImage(x.shape)),
    )
  const known = x.shape
    .slice(1)
    .map((dim) =>
      typeof dim === 'number' ? dim : fail(`${given}, whose sizes are not all known; give its Input a shape`),
    )
  return { x, sizes: known.slice(0, -1), channels: known.at(-1) ?? 1 }
}

/** A Reshape over an input of a layer, to this shape of a row; nothing where there is none. */
export const reshapeTo = (shape: readonly number[] | null, input = 0): LayerMend | undefined =>
  shape ? { before: { [input]: { kind: 'reshape', params: { shape } } } } : undefined

/** The sizes of one row when all are known. */
const rowOf = (shape: Shape): readonly number[] | null => {
  const sizes = shape.slice(1).filter((dim) => typeof dim === 'number')
  return sizes.length === shape.length - 1 ? sizes : null
}

/** One row as steps of channels: numbers one a step, an image pixel by pixel. */
export function asSequence(shape: Shape): readonly number[] | null {
  const row = rowOf(shape)
  if (!row || row.length === 0) return null
  return row.length === 1 ? [...row, 1] : [sizeOf(row.slice(0, -1)), row.at(-1) ?? 1]
}

/** One row as an image: a square of one or three channels if the numbers make one, a sequence with one channel. */
function asImage(shape: Shape): readonly number[] | null {
  const row = rowOf(shape)
  if (row?.length === 2) return [...row, 1]
  if (row?.length !== 1) return null
  const [channels] = [1, 3].filter((each) => Number.isInteger(Math.sqrt(sizeOf(row) / each)))
  if (channels === undefined) return null
  const side = Math.sqrt(sizeOf(row) / channels)
  return [side, side, channels]
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
