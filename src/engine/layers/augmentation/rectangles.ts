/** Parts of images that are covered. */
import type { Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import type { Images } from './images.ts'

/** What an interval of rows or columns has: those from `begin` to before `end`, [batch, 1, 1, 1]. */
export interface Interval {
  readonly begin: Value
  readonly end: Value
}

/** True in a rectangle of each image for which `where` is, [batch, 1, rows, columns]. */
export function rectangles(
  g: Builder,
  { rows, columns }: Pick<Images, 'rows' | 'columns'>,
  down: Interval,
  across: Interval,
  where: Value,
): Value {
  const within = (shape: readonly number[], size: number, { begin, end }: Interval): Value => {
    const line = tensorOf(
      'float32',
      shape,
      Array.from({ length: size }, (_, at) => at),
    )
    const at = g.initializer('line', line)
    return g.And(g.GreaterOrEqual(at, begin), g.Less(at, end))
  }
  const lines = g.And(within([1, 1, rows, 1], rows, down), where)
  return g.And(lines, within([1, 1, 1, columns], columns, across))
}
