/** What each column of a table is: its type and its role, guessed where the user has not decided. */
import { columnMend } from '#engine/project/mend.ts'
import type { ColumnRole, ColumnType, DataSettings, Issue } from '#engine/project/project.ts'
import { isMissing, readNumber } from './cells.ts'
import { cellText, listLines, numbersByCode, type Table, type TableColumn } from './table.ts'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly role: ColumnRole
  readonly guessed: boolean
  readonly cells: TableColumn
  /** The number of each distinct text, NaN where there is none; all NaN for categories. */
  readonly numbers: Float64Array
  /** How many rows hold each distinct text. */
  readonly counts: Uint32Array
  /** Rows without a value. */
  readonly missing: number
}

const targetNames = [
  'target', 'label', 'labels', 'class', 'y', 'species', 'diagnosis', 'outcome', 'output', 'result', 'category',
] // prettier-ignore

const identifierNames = /^(id|uuid|guid|index|row|rownum|row_number|unnamed: 0|.*[ _-]id)$/i

function countCodes(column: TableColumn): Uint32Array {
  const counts = new Uint32Array(column.texts.length)
  for (const code of column.codes) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

/** Numbers, when at least four of five cells that hold something hold a number. */
function guessType(numbers: Float64Array, counts: Uint32Array, present: number): ColumnType {
  let numeric = 0
  numbers.forEach((value, code) => {
    if (!Number.isNaN(value)) numeric += counts[code] ?? 0
  })
  return numeric >= 0.8 * present ? 'number' : 'category'
}

/** The rows whose cell satisfies a test on its text. */
export function rowsWhere(column: TableColumn, test: (text: string) => boolean): number[] {
  const matches = column.texts.map(test)
  const rows: number[] = []
  column.codes.forEach((code, row) => {
    if (matches[code]) rows.push(row)
  })
  return rows
}

/** A column that numbers its rows or names each one says nothing about rows not seen yet. */
function looksLikeIdentifier(table: Table, column: TableColumn, type: ColumnType, present: number): boolean {
  if (table.rows < 10 || column.texts.length < present) return false
  if (type === 'category') return true
  const whole = column.texts.every((text) => /^\d*$/.test(text))
  if (whole && identifierNames.test(column.name)) return true
  const first = Number(column.texts[0])
  return whole && column.texts.every((text, index) => Number(text) === first + index)
}

function guessTarget(candidates: readonly string[]): string | null {
  const lower = candidates.map((name) => name.toLowerCase())
  const named = targetNames.map((name) => lower.indexOf(name)).find((index) => index >= 0)
  return candidates[named ?? candidates.length - 1] ?? null
}

/**
 * Types and roles of all columns: the user's choice first. The target is a column named like one, else the last;
 * columns that identify rows, or hold nothing, are left out with a warning. Cells that are not numbers in a column of
 * numbers are errors that name the line.
 */
export function chooseColumns(
  table: Table,
  choices: DataSettings['columns'],
): { readonly columns: readonly Column[]; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  for (const name of Object.keys(choices)) {
    if (table.columns.some((column) => column.name === name)) continue
    const message = `${table.source} has no column "${name}", so what was chosen for it has no effect.`
    const mend = columnMend(`Forget what was chosen for "${name}"`, [name], null)
    issues.push({ severity: 'warning', path: `data/columns/${name}`, message, mend })
  }

  const measured = table.columns.map((cells) => {
    const counts = countCodes(cells)
    const numbers = numbersByCode(table, cells)
    const missing = cells.texts.reduce((sum, text, code) => sum + (isMissing(text) ? (counts[code] ?? 0) : 0), 0)
    const present = table.rows - missing
    const type = choices[cells.name]?.type ?? guessType(numbers, counts, present)
    return { cells, counts, numbers, missing, present, type }
  })

  const chosenTarget = measured.some(({ cells }) => choices[cells.name]?.role === 'target')
  const useless = new Map<string, string>()
  for (const { cells, type, present } of measured) {
    if (choices[cells.name]?.role !== undefined) continue
    if (present === 0) useless.set(cells.name, 'holds no values')
    else if (looksLikeIdentifier(table, cells, type, present)) useless.set(cells.name, 'is different in every row')
  }
  const target = chosenTarget
    ? null
    : guessTarget(
        measured
          .map(({ cells }) => cells.name)
          .filter((name) => choices[name]?.role === undefined && !useless.has(name)),
      )

  const columns = measured.map(({ cells, counts, numbers, missing, type }): Column => {
    const choice = choices[cells.name]
    const path = `data/columns/${cells.name}`
    const guess: ColumnRole = cells.name === target ? 'target' : useless.has(cells.name) ? 'ignore' : 'feature'
    const role = choice?.role ?? guess
    if (choice?.role === undefined && role === 'ignore') {
      const message = `Column "${cells.name}" ${useless.get(cells.name)}, so it is left out; give it a role to use it.`
      issues.push({ severity: 'warning', path, message })
    }
    if (type === 'number' && role !== 'ignore') {
      const bad = rowsWhere(cells, (text) => !isMissing(text) && readNumber(text, table.decimal) === null)
      const [first] = bad
      if (first !== undefined) {
        const also = bad.length > 1 ? ` (${bad.length} such cells: ${listLines(table, bad)})` : ''
        const message =
          `${table.source}, line ${table.lines[first]}, column "${cells.name}": "${cellText(cells, first)}" is not ` +
          `a number${also}; correct it, empty the cell, or make the column a category.`
        const mend = columnMend(`Make "${cells.name}" a category`, [cells.name], { type: 'category' })
        issues.push({ severity: 'error', path, message, mend })
      }
    }
    return {
      name: cells.name,
      type,
      role,
      guessed: choice?.type === undefined && choice?.role === undefined,
      cells,
      numbers: type === 'number' ? numbers : new Float64Array(numbers.length).fill(Number.NaN),
      counts,
      missing,
    }
  })
  return { columns, issues }
}
