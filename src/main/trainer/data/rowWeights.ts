/** How much each row counts in the loss, where the user has given a column the role "weight". */
import type { Tensor } from '#engine/graph/graph.ts'
import { columnMend } from '#engine/project/mend.ts'
import type { Issue, Mend } from '#engine/project/project.ts'
import { isMissing } from './cells.ts'
import { type Column, rowsWhere } from './columns.ts'
import { listLines, type Table } from './table.ts'

/** The weight of every row of a table; null where no column holds weights. They are numbers of 0 or more, not all 0. */
export function readRowWeights(
  table: Table,
  columns: readonly Column[],
): { readonly weights: Float64Array | null; readonly issues: readonly Issue[] } {
  const [column, ...others] = columns.filter(({ role }) => role === 'weight')
  if (column === undefined) return { weights: null, issues: [] }
  const path = `data/columns/${column.name}`
  const wrong = (message: string, mend?: Mend) => ({
    weights: null,
    issues: [{ severity: 'error', path, message, ...(mend ? { mend } : {}) } as const],
  })
  if (others.length > 0) {
    const names = [column, ...others].map(({ name }) => `"${name}"`).join(', ')
    return wrong(`${names} all hold weights of rows, and a row has one; give the role "weight" to one column.`)
  }
  if (column.type !== 'number')
    return wrong(
      `The weights in "${column.name}" have to be numbers; make the column a number.`,
      columnMend(`Make "${column.name}" a number`, [column.name], { type: 'number' }),
    )
  const missing = rowsWhere(column.cells, isMissing)
  if (missing.length > 0)
    return wrong(
      `${table.source}, ${listLines(table, missing)}: no weight in "${column.name}"; fill it in, 0 leaves a row out.`,
    )
  const weights = Float64Array.from(column.cells.codes, (code) => column.numbers[code] ?? Number.NaN)
  const negative = [...weights.keys()].filter((row) => (weights[row] ?? 0) < 0)
  if (negative.length > 0)
    return wrong(
      `${table.source}, ${listLines(table, negative)}: a weight in "${column.name}" is below 0; give 0 or more.`,
    )
  if (weights.every((weight) => weight === 0))
    return wrong(`Every weight in "${column.name}" is 0, so no row counts; give some rows a weight.`)
  return { weights, issues: [] }
}

/** The weights of some rows under their feed; nothing where rows have none. */
export function rowWeightFeeds(weights: Float64Array | undefined, rows: Uint32Array): Record<string, Tensor> {
  if (!weights) return {}
  const data = Float32Array.from(rows, (row) => weights[row] ?? 0)
  return { rowWeights: { dtype: 'float32', shape: [rows.length], data } }
}
