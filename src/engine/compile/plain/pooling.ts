/** The gradient of MaxPool in ONNX ops over channels-first values. */
import { GraphError, sizeOf, type DType, type Node, type Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import { behindTiles, overTiles, reachOf, tiles } from '../../ops/pooling.ts'
import { isDisjoint, poolWindowOf, spatialAxes, spatialSizes, type Window } from '../../ops/window.ts'

/** A MaxPoolGradient. */
export function plainMaxPoolGradient(g: Builder, node: Node): Value {
  const [x, y, dy] = node.inputs
  if (!x || !y || !dy) throw new GraphError(`${node.name} needs X, Y and dY`)
  const window = poolWindowOf(node, x.shape)
  if (tiles(node, window)) return spreadToFirst(g, x, y, dy, window)
  const [, indices] = g.node('MaxPool', [x], node.attributes, 2)
  if (!indices) throw new GraphError('MaxPool gave no indices')
  const reached = reachOf(window, spatialSizes(dy.shape))
  if (isDisjoint(window) && spatialSizes(x.shape).every((size, axis) => size >= (reached[axis] ?? 0))) {
    const { kernel, strides, begins, ends } = window
    return g.MaxUnpool(dy, indices, x, { kernelShape: kernel, strides, pads: [...begins, ...ends] })
  }
  const flat = g.Reshape(x, [-1])
  const sum = g.ScatterElements(g.zerosLike(flat), g.Reshape(indices, [-1]), g.Reshape(dy, [-1]), 0, 'add')
  return g.ReshapeLike(sum, x)
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
