/** What layers that drop parts of their input have in common. */
import type { LayerContext, NumberParam } from '../define.ts'
import type { Shape, Value } from '../graph/graph.ts'
import { number } from '../params.ts'

/** How often something is dropped; may change while training. */
export const dropRate = (doc: string, preset = 0.5, sensible: readonly [number, number] = [0.1, 0.5]): NumberParam =>
  number({ title: 'Rate', doc, default: preset, min: 0, max: 0.999, sensible, live: true })

/** 0 with probability `rate`, else 1 / (1 − rate), which has the mean 1. */
export function keeping({ g, mask, scalar }: Pick<LayerContext, 'g' | 'mask' | 'scalar'>, like: Shape | Value): Value {
  const rate = scalar('rate')
  return g.Div(mask(like, rate), g.Sub(g.scalar(1), rate))
}

/** The batch of a value and 1 along each of its other axes, but for those named here. */
export function perRow({ shape }: Value, axes: readonly number[] = []): Shape {
  return shape.map((dim, axis) => (axis === 0 || axes.includes(axis) ? dim : 1))
}
