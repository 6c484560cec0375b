/**
 * Images read at other places. Each layer says by one matrix for each image where a pixel comes from, in pixels from the centre:
 * (column, row, 1) of the source = M (column, row, 1). Layers in a row multiply their matrices and read the first one's images
 * once, which is faster and blurs less than reading again what was read between pixels already.
 */
import type { Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import { choice, number } from '../../params.ts'
import { channelsLast } from '../places.ts'
import { planesOf, type Images } from './images.ts'

export const samplingParams = {
  fillMode: choice({
    title: 'Fill mode',
    doc: 'What is outside the image: its mirror image, the image again, its nearest pixel, or one value.',
    default: 'reflect',
    options: ['reflect', 'wrap', 'constant', 'nearest'],
  }),
  interpolation: choice({
    title: 'Interpolation',
    doc: 'Whether a place between pixels is a mixture of the four around it, or the nearest one.',
    default: 'bilinear',
    options: ['bilinear', 'nearest'],
  }),
  fillValue: number({
    title: 'Fill value',
    doc: 'The value outside the image where the fill mode is constant.',
    default: 0,
  }),
}

/** How pixels are read between pixels and outside of images. */
export interface Sampling {
  readonly fillMode: 'reflect' | 'wrap' | 'constant' | 'nearest'
  readonly interpolation: 'bilinear' | 'nearest'
  readonly fillValue: number
}

/** The numbers of a 3 × 3 matrix, row by row. */
type Matrix = readonly [number, number, number, number, number, number, number, number, number]
const identity: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1]
/** Takes every place to the centre. */
export const centre: Matrix = [0, 0, 0, 0, 0, 0, 0, 0, 1]

/** The matrices [batch, 3, 3] that are `base` plus each of the numbers, [batch, 1], times its matrix. */
export function matrices(
  g: Builder,
  parts: readonly (readonly [number: Value, matrix: Matrix])[],
  base: Matrix = identity,
): Value {
  const numbers = g.Concat(
    parts.map(([number]) => number),
    1,
  )
  const constants = parts.flatMap(([, matrix]) => matrix)
  const matrix = g.initializer('matrices', tensorOf('float32', [parts.length, 9], constants))
  return g.Reshape(g.Gemm(numbers, matrix, g.initializer('base', tensorOf('float32', [9], base))), [-1, 3, 3])
}

/** How an image was made: from which, by which matrices, and how it was read; null where pixels only changed places. */
interface Reading {
  readonly source: Value
  readonly matrices: Value
  readonly sampling: Sampling | null
}

const readings = new WeakMap<Value, Reading>()

const alike = (a: Sampling, b: Sampling): boolean =>
  a.interpolation === b.interpolation &&
  a.fillMode === b.fillMode &&
  (a.fillMode !== 'constant' || a.fillValue === b.fillValue)

/** Images of which every pixel is read where the matrices say. */
export function moved(g: Builder, images: Images, own: Value, sampling: Sampling): Value {
  const before = readings.get(images.x)
  const joins = before && (before.sampling === null || alike(before.sampling, sampling))
  const [source, all] = joins ? [before.source, g.MatMul(before.matrices, own)] : [images.x, own]
  const result = read(g, { ...images, x: source }, all, sampling)
  readings.set(result, { source, matrices: all, sampling })
  return result
}

/** Images of which some are mirrored left to right, or upside down: where these are 1, [batch, 1]; null for none. */
export function mirrored(g: Builder, images: Images, across: Value | null, down: Value | null): Value {
  const parts = [
    ...(across ? [[across, [-2, 0, 0, 0, 0, 0, 0, 0, 0]] as const] : []),
    ...(down ? [[down, [0, 0, 0, 0, -2, 0, 0, 0, 0]] as const] : []),
  ]
  const own = matrices(g, parts)
  const before = readings.get(images.x)
  if (before?.sampling) return moved(g, images, own, before.sampling)
  const mirror = (x: Value, which: Value | null, axis: number): Value =>
    which ? g.Where(g.Reshape(g.Cast(which, 'bool'), [-1, 1, 1, 1]), g.reverse(x, [axis]), x) : x
  const result = mirror(mirror(images.x, across, 2), down, 1)
  const [source, all] = before ? [before.source, g.MatMul(before.matrices, own)] : [images.x, own]
  readings.set(result, { source, matrices: all, sampling: null })
  return result
}

function read(g: Builder, images: Images, all: Value, sampling: Sampling): Value {
  const { fillMode, fillValue } = sampling
  const mode = sampling.interpolation === 'bilinear' ? 'linear' : 'nearest'
  const { planes } = planesOf(g, images)
  const sample = (from: Value, grid: Value): Value => g.GridSample(from, grid, mode)
  if (fillMode !== 'constant')
    return channelsLast(
      g,
      sample(fillMode === 'wrap' ? continued(g, planes) : planes, inside(g, images, all, fillMode)),
    )
  const grid = places(g, images, all, 1, 0)
  if (fillValue === 0) return channelsLast(g, sample(planes, grid))
  const fill = g.scalar(fillValue)
  return channelsLast(g, g.Add(sample(g.Sub(planes, fill), grid), fill))
}

/** Channels-first images with one more pixel on each side: that at the other side. */
function continued(g: Builder, x: Value): Value {
  const beside = (value: Value, axis: number): Value =>
    g.Concat([g.Slice(value, [-1], [2 ** 31], [axis]), value, g.Slice(value, [0], [1], [axis])], axis)
  return beside(beside(x, 2), 3)
}

/**
 * Where each pixel comes from, [batch, rows, columns, 2]: column, then row, times `scale` plus `offset`, where they go from -1 to
 * 1 over the image.
 */
function places(g: Builder, { rows, columns }: Images, all: Value, scale: number, offset: number): Value {
  const sides = [columns, rows]
  const pixels = Array.from({ length: rows * columns }, (_, index) => [
    (index % columns) - (columns - 1) / 2,
    Math.floor(index / columns) - (rows - 1) / 2,
    1,
  ])
  // One row for each number of the matrix: what it adds to each of the two coordinates of each pixel.
  const basis = Array.from({ length: 9 }, (_, entry) =>
    pixels.flatMap((pixel) =>
      sides.map((size, side) => {
        if (entry === 8) return offset
        return Math.floor(entry / 3) === side ? ((pixel[entry % 3] ?? 0) * scale * 2) / size : 0
      }),
    ),
  )
  const table = g.initializer('places', tensorOf('float32', [9, rows * columns * 2], basis.flat()))
  return g.Reshape(g.Gemm(g.Reshape(all, [-1, 9]), table), [-1, rows, columns, 2])
}

/** The same, places outside brought back inside. */
function inside(g: Builder, images: Images, all: Value, fillMode: 'reflect' | 'wrap' | 'nearest'): Value {
  const { rows, columns } = images
  /** A number for columns and one for rows, at each pixel: wide constants are much faster than one pair for all. */
  const both = (name: string, of: (size: number) => number): Value => {
    const pair = [of(columns), of(rows)]
    const numbers = Array.from({ length: rows * columns * 2 }, (_, index) => pair[index % 2] ?? 0)
    return g.initializer(name, tensorOf('float32', [1, rows, columns, 2], numbers))
  }
  if (fillMode === 'wrap') {
    // The fraction of the way through the image, and that as a place in the continued one.
    const turns = places(g, images, all, 1 / 2, 1 / 2)
    const fraction = g.Sub(turns, g.Floor(turns))
    return g.Mul(
      g.Sub(fraction, g.scalar(1 / 2)),
      both('span', (size) => (2 * size) / (size + 2)),
    )
  }
  const reflect = (): Value => {
    // There and back is one turn; the nearest whole turn is at the first edge.
    const turns = places(g, images, all, 1 / 4, 1 / 4)
    return g.Sub(g.Mul(g.Abs(g.Sub(turns, g.Round(turns))), g.scalar(4)), g.scalar(1))
  }
  const free = fillMode === 'reflect' ? reflect() : places(g, images, all, 1, 0)
  // Between an edge and the centre of its pixel there is that pixel.
  const last = both('last', (size) => 1 - 1 / size)
  return g.Min(g.Max(free, g.Neg(last)), last)
}
