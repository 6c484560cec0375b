/** Layers that add places around the input or take some away: sizes before and after each axis, in Keras' order. */
import type { LayerContext } from '../define.ts'
import { formatShape, type Value } from '../graph/graph.ts'
import { channelsFirst, channelsLast, placesOf, type Rank } from './places.ts'

/** Zeros around each axis; `padding` is before and after the first axis, then before and after the second. */
export function buildZeroPadding(context: LayerContext, rank: Rank, padding: readonly number[]): Value {
  const { g } = context
  const { x } = placesOf(context, rank)
  const [before, after] = [padding.filter((_, index) => index % 2 === 0), padding.filter((_, index) => index % 2 === 1)]
  return channelsLast(g, g.Pad(channelsFirst(g, x), [0, 0, ...before, 0, 0, ...after]))
}

/** The input without so many places before and after each axis. */
export function buildCropping(context: LayerContext, rank: Rank, cropping: readonly number[]): Value {
  const { g, from, fail } = context
  const { x, sizes } = placesOf(context, rank)
  const axes = sizes.map((_, axis) => axis + 2)
  const starts = sizes.map((_, axis) => cropping[2 * axis] ?? 0)
  const ends = sizes.map((size, axis) => size - (cropping[2 * axis + 1] ?? 0))
  if (ends.some((end, axis) => end <= (starts[axis] ?? 0)))
    return fail(
      `takes ${cropping.join(', ')} places away, but ${from[0] ?? 'its input'} gives only ${formatShape(x.shape)}; crop less`,
      'cropping',
    )
  return channelsLast(g, g.Slice(channelsFirst(g, x), starts, ends, axes))
}
