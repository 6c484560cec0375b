/** Pooling, channels first. */
import { tensorOf } from '../graph/tensor.ts'
import {
  GraphError,
  formatShape,
  sameShape,
  sizeOf,
  type Dim,
  type Node,
  type Shape,
  type Value,
} from '../graph/graph.ts'
import { intAttribute, intsAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { ownDomain } from './convolutionGradient.ts'
import { inputOf, type InferContext, type Op, type ValueType } from './op.ts'
import { spreadToExtreme } from './reduction.ts'
import { extentOf, isPadded, placesOf, poolWindowOf, spatialAxes, spatialSizes, type Window } from './window.ts'

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
export function tiles({ attributes }: Pick<Node, 'attributes'>, window: Window): boolean {
  return (
    window.kernel.every((size, axis) => size === window.strides[axis] && window.dilations[axis] === 1) &&
    !isPadded(window) &&
    intAttribute(attributes, 'ceil_mode', 0) === 0
  )
}

/** Each element of a value given to every element of its tile. */
export const overTiles = (g: Builder, value: Value, { kernel }: Window): Value => g.Resize(value, [1, 1, ...kernel])

/** A value that covers the tiles, with zeros behind them up to the size of the input. */
export function behindTiles(g: Builder, tiled: Value, x: Shape): Value {
  const rest = spatialSizes(x).map((size, axis) => size - sizeOf([tiled.shape[axis + 2] ?? 0]))
  return g.Pad(tiled, [...x.map(() => 0), 0, 0, ...rest])
}

/** The sizes of the input that so many places of the window cover, without the padding. */
export function reachOf(window: Window, places: readonly number[]): readonly number[] {
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
      const [dx = null] = g.node('MaxPoolGradient', [input(0), output, dy], node.attributes)
      return [dx]
    },
  },
  // Which ops find the first places best depends on the window, so that is chosen when the graph is finished.
  MaxPoolGradient: {
    domain: ownDomain,
    infer: (context) => {
      const [x, y, dy] = [inputOf(context, 0), inputOf(context, 1), inputOf(context, 2)]
      if (!sameShape(y.shape, pool(context).shape) || !sameShape(dy.shape, y.shape))
        throw new GraphError(`${context.op} of ${formatShape(x.shape)} cannot spread ${formatShape(dy.shape)}`)
      return [{ dtype: x.dtype, shape: x.shape }]
    },
    // z = Σ dy[o] at the first place p(o) of each maximum:  d(dy)[o] = dz[p(o)]
    gradient: ({ g, dy: dz, node, input }) => {
      const [, places] = g.node('MaxPool', [input(0)], node.attributes, 2)
      return [null, null, places ? g.Gather(g.Reshape(dz, [-1]), places) : null]
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
