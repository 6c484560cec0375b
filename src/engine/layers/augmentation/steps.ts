/** Series, [batch, steps, channels], read at other steps than their own. */
import type { LayerContext } from '../../define.ts'
import { sizeOf, type Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import { placesOf } from '../places.ts'

export interface Series {
  readonly x: Value
  readonly batch: number
  readonly steps: number
  readonly channels: number
}

/** The one input of a layer as a series while training, when its batch is known; fails when it has other axes. */
export function seriesOf(context: Pick<LayerContext, 'inputs' | 'from' | 'name' | 'fail'>): Series {
  const { x, sizes, channels } = placesOf(context, 1)
  return { x, batch: sizeOf(x.shape.slice(0, 1)), steps: sizeOf(sizes), channels }
}

/** The numbers 0 to n − 1 as float32 [1, n]. */
export function counting(g: Builder, n: number): Value {
  return g.initializer('steps', tensorOf('float32', [1, n], [...Array(n).keys()]))
}

/** Each row of a series at steps of its own: `steps` [batch, n], whole numbers that are there, give [batch, n, channels]. */
export function stepsAt(g: Builder, { x, batch, steps, channels }: Series, at: Value): Value {
  const starts = Array.from({ length: batch }, (_, row) => row * steps)
  const place = g.Add(g.Cast(at, 'int64'), g.initializer('starts', tensorOf('int64', [batch, 1], starts)))
  return g.Gather(g.Reshape(x, [batch * steps, channels]), place)
}

/**
 * Each row of a series at times of its own, between its steps by linear interpolation: `times` [batch, n], from 0 to steps − 1,
 * give [batch, n, channels].
 */
export function timesAt(g: Builder, series: Series, times: Value): Value {
  if (series.steps === 1) return series.x
  const before = g.Clip(g.Floor(times), g.scalar(0), g.scalar(series.steps - 2))
  const [low, high] = [before, g.Add(before, g.scalar(1))].map((at) => stepsAt(g, series, at))
  const part = g.Unsqueeze(g.Sub(times, before), [2])
  return low && high ? g.Add(low, g.Mul(g.Sub(high, low), part)) : series.x
}
