import type { Value } from './graph/graph.ts'
import type { Builder } from './ops/builder.ts'

/** Keras' epsilon: vectors shorter than this are taken to be this long. */
const shortest = 1e-7

/** Σ a b / (|a| |b|) over the last axis; 0 where one of the two is 0. */
export function cosine(g: Builder, a: Value, b: Value): Value {
  return g.ReduceSum(g.Mul(unit(g, a), unit(g, b)), [-1])
}

function unit(g: Builder, x: Value): Value {
  const squares = g.ReduceSumSquare(x, [-1], true)
  return g.Div(x, g.Sqrt(g.Max(squares, g.scalar(shortest ** 2))))
}
