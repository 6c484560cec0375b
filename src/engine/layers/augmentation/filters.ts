/** What is done to images by their neighbourhoods, and by how often they have each value. */
import type { Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import { levels, within, type Range } from './colour.ts'
import type { Planes } from './images.ts'

/** The images' distance from themselves smoothed, so many times; zeros are outside. */
export function sharpened(g: Builder, { planes, rows, columns, channels }: Planes, factor: Value, range: Range): Value {
  const weights = [1, 1, 1, 1, 5, 1, 1, 1, 1].map((weight) => weight / 13)
  const kernel = g.initializer('smoothing', tensorOf('float32', [1, 1, 3, 3], weights))
  const apart = g.Reshape(planes, [-1, 1, rows, columns])
  const smooth = g.Reshape(g.Conv(apart, kernel, null, { pads: [1, 1, 1, 1] }), [-1, channels, rows, columns])
  return within(g, g.Add(smooth, g.Mul(factor, g.Sub(planes, smooth))), range)
}

/** Every channel of every image with its 256 levels as equally often as can be, unless it has one level only. */
export function equalized(g: Builder, { planes, rows, columns, channels }: Planes, range: Range): Value {
  const count = rows * columns
  const { level, unit } = levels(g, planes, range)
  const flat = g.Reshape(level, [-1, channels, count])
  const at = g.Cast(flat, 'int64')
  const least = g.ReduceMin(flat, [2], true)
  const empty = g.Mul(least, g.zeros([1, 1, 256], 'float32'))
  const often = g.ScatterElements(empty, at, g.Expand(g.scalar(1), flat), 2, 'add')
  const upTo = g.CumSum(often, 2)
  const first = g.GatherElements(upTo, g.Cast(least, 'int64'), 2)
  const others = g.Sub(g.scalar(count), first)
  const share = g.Div(g.Sub(upTo, first), g.Max(others, g.scalar(1)))
  const even = g.GatherElements(g.Round(g.Mul(share, g.scalar(255))), at, 2)
  const result = g.Add(g.Mul(g.Reshape(even, [-1, channels, rows, columns]), unit), range.low)
  return g.Where(g.Unsqueeze(g.Greater(others, g.scalar(0)), [3]), result, planes)
}
