/** Rows and columns of a weight held against one another. */
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { choice } from '../params.ts'

/** A weight as a matrix, [what enters, units]; a vector is one row. */
export const matrixOf = (g: Builder, weight: Value): Value => g.Reshape(weight, [-1, Number(weight.shape.at(-1) ?? 1)])

/** Every pair of different rows (or columns) of a matrix: their scalar products, [n, n], 0 on the diagonal. */
export function overlaps(g: Builder, matrix: Value, of: 'rows' | 'columns'): Value {
  const count = Number(matrix.shape[of === 'rows' ? 0 : 1])
  const products = g.Gemm(matrix, matrix, null, of === 'rows' ? { transB: true } : { transA: true })
  const numbers = g.ints(Array.from({ length: count }, (_, index) => index))
  return g.Mul(products, g.Sub(g.scalar(1), g.OneHot(numbers, count)))
}

/** Which of them are kept apart. */
export const apart = <const P extends 'rows' | 'columns'>(preset: P) =>
  choice<'rows' | 'columns'>({
    title: 'Apart',
    doc: 'Whether rows or columns are kept apart.',
    default: preset,
    options: ['rows', 'columns'],
  })
