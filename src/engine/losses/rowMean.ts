import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'

/** Mean over every axis but the batch. */
export function rowMean(g: Builder, value: Value): Value {
  const axes = value.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis]))
  return axes.length > 0 ? g.ReduceMean(value, axes) : value
}
