import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'

/** x · kernel + bias over the last axis: x [..., n], kernel [n, m], bias [m] or none, gives [..., m]. */
export function linear(g: Builder, x: Value, kernel: Value, bias: Value | null): Value {
  if (x.shape.length === 2) return g.Gemm(x, kernel, bias)
  const outer = x.shape.slice(0, -1)
  if (outer.every((dim) => typeof dim === 'number')) {
    // One matrix of all rows: the gradient of its kernel is one product, not one for each row of the batch.
    const rows = g.Gemm(g.Reshape(x, [-1, Number(x.shape.at(-1))]), kernel, bias)
    return g.Reshape(rows, [...outer, Number(kernel.shape[1])])
  }
  const product = g.MatMul(x, kernel)
  return bias ? g.Add(product, bias) : product
}
