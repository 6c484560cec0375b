/** Pooling, channels first. */
import { tensorOf } from '../graph/tensor.ts'
import { GraphError, sizeOf, type DType, type Dim, type Node, type Shape, type Value } from '../graph/graph.ts'
import { intAttribute, intsAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { inputOf, type InferContext, type Op, type ValueType } from './op.ts'
import { spreadToExtreme } from './reduction.ts'
import {
  extentOf,
  isDisjoint,
  isPadded,
  placesOf,
  poolWindowOf,
  spatialAxes,
  spatialSizes,
  type Window,
} from './window.ts'

function pool(context: InferContext): ValueType {
  const { dtype, shape } = inputOf(context, 0)
  const places = placesOf(context, poolWindowOf(context, shape), spatialSizes(shape))
  return { dtype, shape: [...shape.slice(0, 2), ...places] }
}

function poolAll(context: InferContext): readonly ValueType[] {
  const { dtype, shape } = inputOf(context, 0)
  return [{ dtype, shape: shape.map((dim, axis): Dim => (axis < 2 ? dim : 1)) }]
}

/** How many elements each place of an average is divided by, [...places]. */
function divisors(window: Window, sizes: readonly number[], places: readonly number[], padding: boolean): number[] {
  return places
    .map((count, axis) => {
      const [begin, end, size] = [window.begins[axis] ?? 0, window.ends[axis] ?? 0, sizes[axis] ?? 0]
      const [low, high] = padding ? [-begin, size + end] : [0, size]
      return Array.from({ length: count }, (_, place) => {
        const start = place * (window.strides[axis] ?? 1) - begin
        return Math.min(start + extentOf(window, axis), high) - Math.max(start, low)
      })
    })
    .reduce<number[]>((all, counts) => all.flatMap((outer) => counts.map((count) => outer * count)), [1])
}

/** dY divided by the number of elements each of its places averaged. */
function share(g: Builder, dy: Value, window: Window, sizes: readonly number[], padding: boolean): Value {
  const places = spatialSizes(dy.shape)
  const counts = divisors(window, sizes, places, padding)
  const [first = 1] = counts
  if (counts.every((count) => count === first)) return g.Mul(dy, g.scalar(1 / first, dy.dtype))
  if (dy.dtype === 'string') throw new GraphError('an average is a number')
  const factors = counts.map((count) => 1 / count)
  return g.Mul(dy, g.initializer('shares', tensorOf(dy.dtype, places, factors)))
}

/** Whether the windows lie side by side from the begin of the input on, and none hangs over its end. */
function tiles({ attributes }: Pick<Node, 'attributes'>, window: Window): boolean {
  return (
    window.kernel.every((size, axis) => size === window.strides[axis] && window.dilations[axis] === 1) &&
    !isPadded(window) &&
    intAttribute(attributes, 'ceil_mode', 0) === 0
  )
}

/** Each element of a value given to every element of its tile. */
const overTiles = (g: Builder, value: Value, { kernel }: Window): Value => g.Resize(value, [1, 1, ...kernel])

/** A value that covers the tiles, with zeros behind them up to the size of the input. */
function behindTiles(g: Builder, tiled: Value, x: Shape): Value {
  const rest = spatialSizes(x).map((size, axis) => size - sizeOf([tiled.shape[axis + 2] ?? 0]))
  return g.Pad(tiled, [...x.map(() => 0), 0, 0, ...rest])
}

/**
 * dy given to the first element of each tile that equals the tile's largest. The Indices of MaxPool would say which that is,
 * but cost several times the whole of this.
 */
function spreadToFirst(g: Builder, x: Value, y: Value, dy: Value, window: Window): Value {
  const axes = spatialAxes(x.shape)
  const covered = spatialSizes(y.shape).map((places, axis) => places * (window.kernel[axis] ?? 1))
  const inTiles = covered.every((size, axis) => size === x.shape[axis + 2])
    ? x
    : g.Slice(
        x,
        axes.map(() => 0),
        covered,
        axes,
      )
  const hit = g.Cast(g.Equal(inTiles, overTiles(g, y, window)), dy.dtype)
  const rank = g.Mul(hit, ranks(g, window, covered, dy.dtype))
  const highest = g.MaxPool(rank, { kernelShape: window.kernel, strides: window.strides })
  const first = g.Cast(g.Equal(rank, overTiles(g, highest, window)), dy.dtype)
  return behindTiles(g, g.Mul(first, overTiles(g, dy, window)), x.shape)
}

/** Numbers that fall from the size of the window to 1 within each tile, [...covered]. */
function ranks(g: Builder, { kernel }: Window, covered: readonly number[], dtype: DType): Value {
  if (dtype === 'string') throw new GraphError('strings have no rank')
  const size = sizeOf(kernel)
  const steps = kernel.map((_, axis) => sizeOf(kernel.slice(axis + 1)))
  const within = covered.reduce<readonly number[]>(
    (all, length, axis) =>
      all.flatMap((outer) =>
        Array.from({ length }, (_, at) => outer + (at % (kernel[axis] ?? 1)) * (steps[axis] ?? 1)),
      ),
    [0],
  )
  return g.initializer(
    'ranks',
    tensorOf(
      dtype,
      covered,
      within.map((offset) => size - offset),
    ),
  )
}

/** The sizes of the input that so many places of the window cover, without the padding. */
function reachOf(window: Window, places: readonly number[]): readonly number[] {
  return places.map((count, axis) => {
    const padding = (window.begins[axis] ?? 0) + (window.ends[axis] ?? 0)
    return (window.strides[axis] ?? 1) * (count - 1) + extentOf(window, axis) - padding
  })
}

/** Each element of a value added to every element of its window. */
function spreadOverWindows(g: Builder, value: Value, window: Window, x: Shape): Value {
  const channels = sizeOf([x[1] ?? 0])
  const reached = reachOf(window, spatialSizes(value.shape))
  const missing = spatialSizes(x).map((size, axis) => size - (reached[axis] ?? 0))
  const ends = window.ends.map((end, axis) => end + Math.max(0, -(missing[axis] ?? 0)))
  return g.ConvTranspose(value, g.ones([channels, 1, ...window.kernel], value.dtype), null, {
    strides: window.strides,
    pads: [...window.begins, ...ends],
    group: channels,
    outputPadding: missing.map((size) => Math.max(0, size)),
  })
}

export const pooling: Record<string, Op> = {
  MaxPool: {
    infer: (context) => {
      const type = pool(context)
      return [type, { dtype: 'int64' as const, shape: type.shape }].slice(0, context.outputs)
    },
    // y[o] = max x over window o:  dx = dy added at the first place of each maximum
    gradient: ({ g, dy, node, input, output }) => {
      const x = input(0)
      const window = poolWindowOf(node, x.shape)
      if (tiles(node, window)) return [spreadToFirst(g, x, output, dy, window)]
      const indices = g.lateOutput(node, 1, { dtype: 'int64', shape: dy.shape })
      const reached = reachOf(window, spatialSizes(dy.shape))
      if (isDisjoint(window) && spatialSizes(x.shape).every((size, axis) => size >= (reached[axis] ?? 0))) {
        const { kernel, strides, begins, ends } = window
        return [g.MaxUnpool(dy, indices, x, { kernelShape: kernel, strides, pads: [...begins, ...ends] })]
      }
      const flat = g.Reshape(x, [-1])
      const sum = g.ScatterElements(g.zerosLike(flat), g.Reshape(indices, [-1]), g.Reshape(dy, [-1]), 0, 'add')
      return [g.ReshapeLike(sum, x)]
    },
  },
  MaxUnpool: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const window = poolWindowOf(context, shape)
      const sizes = reachOf(window, spatialSizes(shape))
      return [{ dtype, shape: [...shape.slice(0, 2), ...sizes] }]
    },
    // y is 0 but for y[i(o)] = x[o]:  dx[o] = dy[i(o)]
    gradient: ({ g, dy, input }) => [g.Gather(g.Reshape(dy, [-1]), input(1)), null, null],
  },
  AveragePool: {
    infer: (context) => {
      if (intsAttribute(context.attributes, 'dilations')?.some((dilation) => dilation !== 1))
        throw new GraphError('AveragePool is not dilated here')
      return [pool(context)]
    },
    // y[o] = Σ x over window o / its size:  dx = dy / size added to every element of the window
    gradient: ({ g, dy, node, input }) => {
      const { shape } = input(0)
      const window = poolWindowOf(node, shape)
      const padding = intAttribute(node.attributes, 'count_include_pad', 0) === 1
      const shared = share(g, dy, window, spatialSizes(shape), padding)
      return [
        tiles(node, window)
          ? behindTiles(g, overTiles(g, shared, window), shape)
          : spreadOverWindows(g, shared, window, shape),
      ]
    },
  },
  GlobalMaxPool: {
    infer: poolAll,
    // y = max x over all places:  dx = dy [x = y], shared equally between ties
    gradient: ({ g, dy, input, output }) => [spreadToExtreme(g, input(0), output, dy, spatialAxes(dy.shape))],
  },
  GlobalAveragePool: {
    infer: poolAll,
    // y = Σ x / n over all places:  dx = dy / n at every place
    gradient: ({ g, dy, input }) => {
      const places = sizeOf(spatialSizes(input(0).shape))
      return [g.Expand(g.Mul(dy, g.scalar(1 / places, dy.dtype)), input(0))]
    },
  },
}
