import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { numbers } from '../params.ts'

/** The axes a norm is taken over, as Keras counts them in its weight layouts. */
export const axes = numbers({
  title: 'Axes',
  doc: 'The axes a norm is taken over: 0 for what enters a unit, 0, 1 and 2 for a filter of Conv2D.',
  default: [0],
})

/** Norms over these axes, which are kept with size 1. */
export function norms(g: Builder, weight: Value, axis: readonly number[]): Value {
  return g.Sqrt(g.ReduceSumSquare(weight, axis, true))
}

/** A weight whose norms are brought from `from` to `to`, w · to / (ε + from), where Keras' ε keeps 0 from being divided by. */
export function rescaled(g: Builder, weight: Value, from: Value, to: Value): Value {
  return g.Mul(weight, g.Div(to, g.Add(from, g.scalar(1e-7))))
}
