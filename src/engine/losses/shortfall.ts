import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'

/** max(0, 1 - y p) with targets of 0 and 1 taken as y = -1 and 1: what is missing to a margin of 1. */
export function shortfall(g: Builder, prediction: Value, target: Value): Value {
  const one = g.scalar(1)
  const side = g.Sub(g.Mul(target, g.scalar(2)), one)
  return g.Relu(g.Sub(one, g.Mul(side, prediction)))
}
