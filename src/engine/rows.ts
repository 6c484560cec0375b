/** Numbers per row, [batch], from values [batch, ...]. */
import type { Value } from './graph/graph.ts'
import type { Builder } from './ops/builder.ts'

function inner(value: Value): number[] {
  return value.shape.slice(1).map((_, axis) => axis + 1)
}

/** Mean over every axis but the batch. */
export function rowMean(g: Builder, value: Value): Value {
  return value.shape.length > 1 ? g.ReduceMean(value, inner(value)) : value
}

/** Sum over every axis but the batch. */
export function rowSum(g: Builder, value: Value): Value {
  return value.shape.length > 1 ? g.ReduceSum(value, inner(value)) : value
}
