/** From a table's columns to the numbers a network sees: fitted on the training part, applied to any rows. */
import {
  featureCount,
  type CategoryColumn,
  type NumberColumn,
  type Preprocessing,
} from '#engine/compile/preprocessing.ts'
import type { DataShape } from '#engine/compile/program.ts'
import { columnMend } from '#engine/project/mend.ts'
import type { Issue } from '#engine/project/project.ts'
import { isMissing } from './cells.ts'
import type { Column } from './columns.ts'
import type { RawColumn } from './raw.ts'

/** Mean and population standard deviation of the known values, and whether they are all the same. */
function momentsOf(column: Column, rows: Uint32Array): { mean: number; deviation: number; constant: boolean } {
  let sum = 0
  let count = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  const valueAt = (row: number) => column.numbers[column.cells.codes[row] ?? 0] ?? Number.NaN
  for (const row of rows) {
    const value = valueAt(row)
    if (Number.isNaN(value)) continue
    sum += value
    count++
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  const mean = count > 0 ? sum / count : 0
  let squares = 0
  for (const row of rows) {
    const value = valueAt(row)
    if (!Number.isNaN(value)) squares += (value - mean) ** 2
  }
  return { mean, deviation: count > 0 ? Math.sqrt(squares / count) : 0, constant: !(max > min) }
}

function fitNumber(
  column: Column,
  train: Uint32Array,
  standardize: boolean,
  issues: Issue[],
  constants: string[],
): NumberColumn {
  const path = `data/columns/${column.name}`
  const moments = momentsOf(column, train)
  const fill = Math.fround(moments.mean)
  const deviation = Math.fround(moments.deviation)
  const constant = moments.constant || deviation === 0
  if (constant) constants.push(column.name)
  if (column.missing > 0) {
    const cells = column.missing === 1 ? 'a missing value' : `${column.missing} missing values`
    const message = `Column "${column.name}" has ${cells}, filled with the training mean ${Number(fill.toPrecision(5))}.`
    issues.push({ severity: 'warning', path, message })
  }
  return {
    name: column.name,
    type: 'number',
    mean: standardize ? fill : 0,
    deviation: standardize && !constant ? deviation : 1,
    fill,
  }
}

function fitCategory(column: Column, train: Uint32Array, indexed: boolean, issues: Issue[]): CategoryColumn {
  const path = `data/columns/${column.name}`
  const seen = new Set<string>()
  for (const row of train) {
    const text = column.cells.texts[column.cells.codes[row] ?? 0] ?? ''
    if (!isMissing(text)) seen.add(text)
  }
  if (column.missing > 0) {
    const cells = column.missing === 1 ? 'a missing value' : `${column.missing} missing values`
    issues.push({
      severity: 'warning',
      path,
      message: `Column "${column.name}" has ${cells}, taken as none of its categories.`,
    })
  }
  if (seen.size > 100 && !indexed) {
    const message = `Column "${column.name}" has ${seen.size} categories, one input each; ignore it if it only names rows.`
    const mend = columnMend(`Ignore "${column.name}"`, [column.name], { role: 'ignore' })
    issues.push({ severity: 'warning', path, message, mend })
  }
  return { name: column.name, type: 'category', categories: [...seen].sort(), ...(indexed ? { indexed } : {}) }
}

function listNames(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')}, ...` : names.join(', ')
}

/** Categories that are looked up in one table share a list: the same text has the same place in every column. */
function shareLists(
  columns: Preprocessing['columns'],
  tableOf: (column: string) => string | null,
): Preprocessing['columns'] {
  const lists = new Map<string, Set<string>>()
  for (const column of columns) {
    const table = tableOf(column.name)
    if (column.type !== 'category' || table === null) continue
    lists.set(table, new Set([...(lists.get(table) ?? []), ...column.categories]))
  }
  return columns.map((column) => {
    const list = lists.get(tableOf(column.name) ?? '')
    return column.type === 'category' && column.indexed && list ? { ...column, categories: [...list].sort() } : column
  })
}

/**
 * Fits means, deviations and categories of the feature columns on the training rows alone. `tableOf` names the Input of a
 * column whose categories an Embedding looks up; null where each category becomes a number of its own.
 */
export function fitFeatures(
  columns: readonly Column[],
  train: Uint32Array,
  standardizes: (column: string) => boolean,
  tableOf: (column: string) => string | null = () => null,
): { readonly fitted: Preprocessing['columns']; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  const constants: string[] = []
  const features = columns.filter((column) => column.role === 'feature')
  if (features.length === 0) {
    const message = 'No column is a feature; give at least one the role "feature".'
    issues.push({ severity: 'error', path: 'data/columns', message })
  }
  const fitted = features.map((column) =>
    column.type === 'number'
      ? fitNumber(column, train, standardizes(column.name), issues, constants)
      : fitCategory(column, train, tableOf(column.name) !== null, issues),
  )
  const [constant, ...others] = constants
  if (constant !== undefined) {
    const path = others.length > 0 ? 'data/columns' : `data/columns/${constant}`
    const which = others.length > 0 ? `${constants.length} columns (${listNames(constants)})` : `Column "${constant}"`
    const message = `${which}: the same value in every training row, which tells nothing; ignore ${others.length > 0 ? 'them' : 'it'}.`
    const title = others.length > 0 ? `Ignore ${constants.length} columns` : `Ignore "${constant}"`
    issues.push({ severity: 'warning', path, message, mend: columnMend(title, constants, { role: 'ignore' }) })
  }
  return { fitted: shareLists(fitted, tableOf), issues }
}

/** How many numbers a row becomes, and how many of them go to each Input where there are several. */
export function featureSizes(fitted: Preprocessing['columns']): Pick<DataShape, 'features' | 'inputs'> {
  const nodes = [...new Set(fitted.flatMap(({ node }) => (node === undefined ? [] : [node])))]
  const sizes = nodes.map((node) => [node, featureCount(fitted.filter((column) => column.node === node))])
  return { features: featureCount(fitted), ...(nodes.length > 0 ? { inputs: Object.fromEntries(sizes) } : {}) }
}

/** One standardized number, rounded after each operation as the exported graph's float32 operations round. */
function standardized(value: number, column: NumberColumn): number {
  const known = Number.isNaN(value) ? column.fill : value
  return Math.fround(Math.fround(Math.fround(known) - column.mean) / column.deviation)
}

/** The network's input for some rows, float32 [rows, features], row after row. */
export function encodeFeatures(
  columns: readonly RawColumn[],
  fitted: Preprocessing['columns'],
  rows: Uint32Array,
): Float32Array {
  const width = featureCount(fitted)
  const data = new Float32Array(rows.length * width)
  const byName = new Map(columns.map((column) => [column.cells.name, column]))
  let offset = 0
  for (const column of fitted) {
    const from = byName.get(column.name)
    if (!from) throw new Error(`fitted column ${column.name} is not in the table`)
    const { codes, texts } = from.cells
    if (column.type === 'number') {
      const valueOfCode = Float32Array.from(from.numbers, (value) => standardized(value, column))
      for (let row = 0; row < rows.length; row++)
        data[row * width + offset] = valueOfCode[codes[rows[row] ?? 0] ?? 0] ?? 0
      offset++
      continue
    }
    const positionOf = new Map(column.categories.map((category, position) => [category, position]))
    const positionOfCode = texts.map((text) => positionOf.get(text) ?? -1)
    if (column.indexed) {
      for (let row = 0; row < rows.length; row++)
        data[row * width + offset] = 1 + (positionOfCode[codes[rows[row] ?? 0] ?? 0] ?? -1)
      offset++
      continue
    }
    for (let row = 0; row < rows.length; row++) {
      const position = positionOfCode[codes[rows[row] ?? 0] ?? 0] ?? -1
      if (position >= 0) data[row * width + offset + position] = 1
    }
    offset += column.categories.length
  }
  return data
}
