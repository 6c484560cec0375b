/** Rows as an exported model takes them: numbers not standardized, categories as text. */
import { named } from '#engine/compile/inputShape.ts'
import { inputNameOf, type Preprocessing } from '#engine/compile/preprocessing.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { cellText, type TableColumn } from './table.ts'

export interface RawColumn {
  readonly cells: TableColumn
  /** The number of each distinct text, NaN where it is missing. */
  readonly numbers: Float64Array
}

/**
 * The inputs of an exported model for some rows: `input` float32 [rows, number columns] with NaN for missing values (one for
 * each Input, `input.<node>`, where there are several), and one string tensor [rows] for each category column.
 */
export function rawInputs(
  columns: ReadonlyMap<string, RawColumn>,
  preprocessing: Preprocessing['columns'],
  rows: Uint32Array,
): Record<string, Tensor> {
  const columnOf = (name: string): RawColumn => {
    const column = columns.get(name)
    if (!column) throw new Error(`there is no column ${name} to feed`)
    return column
  }
  const inputs: Record<string, Tensor> = {}
  const numbers = preprocessing.filter(({ type }) => type === 'number')
  for (const node of new Set(numbers.map((column) => column.node))) {
    const numeric = numbers.filter((column) => column.node === node)
    const data = new Float32Array(rows.length * numeric.length)
    numeric.forEach(({ name }, position) => {
      const { cells, numbers } = columnOf(name)
      rows.forEach((row, index) => {
        data[index * numeric.length + position] = numbers[cells.codes[row] ?? 0] ?? Number.NaN
      })
    })
    inputs[node === undefined ? 'input' : named('input', node, Infinity)] = {
      dtype: 'float32',
      shape: [rows.length, numeric.length],
      data,
    }
  }
  for (const column of preprocessing) {
    if (column.type !== 'category') continue
    const { cells } = columnOf(column.name)
    const data = Array.from(rows, (row) => cellText(cells, row))
    inputs[inputNameOf(column)] = { dtype: 'string', shape: [rows.length], data }
  }
  return inputs
}
