/** What is predicted: classes or numbers, and how each loss wants to see them. */
import type { OutputSpec } from '#engine/compile/program.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { columnMend } from '#engine/project/mend.ts'
import { fail, type Issue } from '#engine/project/project.ts'
import { isMissing } from './cells.ts'
import { type Column, rowsWhere } from './columns.ts'
import { listLines, type Table } from './table.ts'

export interface Targets {
  readonly names: readonly string[]
  /** Class names by index; empty for regression. */
  readonly classes: readonly string[]
  /** Class index of each row; null for regression. */
  readonly indices: Int32Array | null
  /** The targets as numbers, [rows, names.length]; null where they are text. */
  readonly values: Float64Array | null
}

/** Whole numbers of which there are few are names of classes, unless the user calls the column a number. */
function holdsClasses(column: Column, rows: number, decided: boolean): boolean {
  if (column.type === 'category') return true
  if (decided) return false
  const distinct = new Set(column.numbers.filter((value) => !Number.isNaN(value)))
  return distinct.size <= Math.max(2, Math.min(20, rows / 2)) && [...distinct].every(Number.isInteger)
}

function classesOf(column: Column): Pick<Targets, 'classes' | 'indices'> {
  const numeric = column.type === 'number'
  const nameOf = column.cells.texts.map((text, code) => {
    if (isMissing(text)) return null
    if (!numeric) return text
    const value = column.numbers[code] ?? Number.NaN
    return Number.isNaN(value) ? null : String(value)
  })
  const classes = [...new Set(nameOf.filter((name) => name !== null))]
  if (numeric) classes.sort((a, b) => Number(a) - Number(b))
  else classes.sort()
  const indexOf = new Map(classes.map((name, index) => [name, index]))
  const indexOfCode = nameOf.map((name) => (name === null ? 0 : (indexOf.get(name) ?? 0)))
  return { classes, indices: Int32Array.from(column.cells.codes, (code) => indexOfCode[code] ?? 0) }
}

function valuesOf(columns: readonly Column[], rows: number): Float64Array | null {
  if (columns.some((column) => column.type !== 'number')) return null
  const values = new Float64Array(rows * columns.length)
  columns.forEach((column, position) => {
    column.cells.codes.forEach((code, row) => {
      values[row * columns.length + position] = column.numbers[code] ?? Number.NaN
    })
  })
  return values
}

/** The class of each row when every row of several 0/1 columns holds exactly one 1; else null. */
function classFromOneHot(values: Float64Array, width: number): Int32Array | null {
  const indices = new Int32Array(values.length / width)
  for (let row = 0; row < indices.length; row++) {
    const cells = values.subarray(row * width, (row + 1) * width)
    if (cells.some((value) => value !== 0 && value !== 1)) return null
    if (cells.reduce((sum, value) => sum + value, 0) !== 1) return null
    indices[row] = cells.indexOf(1)
  }
  return indices
}

/**
 * Reads the target columns. Text, or few distinct whole numbers, are classes (sorted by name or number); several
 * columns of which each row marks one with a 1 are classes named by the columns; anything else is regression.
 */
export function readTargets(
  table: Table,
  columns: readonly Column[],
  typeDecided: (name: string) => boolean,
): { readonly targets: Targets; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  const chosen = columns.filter((column) => column.role === 'target')
  const names = chosen.map((column) => column.name)
  const error = (path: string, message: string) => issues.push({ severity: 'error', path, message })

  for (const column of chosen) {
    const missing = rowsWhere(column.cells, isMissing)
    if (missing.length === 0) continue
    const where = `${table.source}, ${listLines(table, missing)}`
    error(
      `data/columns/${column.name}`,
      `${where}: no value for the target "${column.name}"; fill it in or remove the row.`,
    )
  }
  const [only, ...others] = chosen
  if (only === undefined) {
    error('data/columns', `No column of ${table.source} is the target; give the one to be predicted the role "target".`)
    return { targets: { names, classes: [], indices: null, values: null }, issues }
  }

  const values = valuesOf(chosen, table.rows)
  if (others.length > 0) {
    const text = chosen.find((column) => column.type === 'category')
    if (text) {
      const path = `data/columns/${text.name}`
      error(
        path,
        `Several targets have to be numbers, but "${text.name}" holds text; leave one target, or make it a number.`,
      )
    }
    const indices = values && classFromOneHot(values, chosen.length)
    return { targets: { names, classes: indices ? names : [], indices, values }, issues }
  }
  if (!holdsClasses(only, table.rows, typeDecided(only.name))) {
    return { targets: { names, classes: [], indices: null, values }, issues }
  }
  const { classes, indices } = classesOf(only)
  if (classes.length < 2) {
    const every = classes[0] === undefined ? 'has no values' : `is "${classes[0]}" in every row`
    error(`data/columns/${only.name}`, `The target "${only.name}" ${every}; there is nothing to learn to tell apart.`)
  } else if (classes.length > 1000) {
    const message = `The target "${only.name}" has ${classes.length} classes; if it is a quantity, make its type "number".`
    const mend = columnMend(`Make "${only.name}" a number`, [only.name], { type: 'number' })
    issues.push({ severity: 'warning', path: `data/columns/${only.name}`, message, mend })
  }
  return { targets: { names, classes, indices, values }, issues }
}

const describe = (targets: Targets) => targets.names.map((name) => `"${name}"`).join(', ')

/** The numbers of some rows, in float32. */
function pickValues(targets: Targets, rows: Uint32Array, loss: string): Float32Array {
  const { values } = targets
  if (!values) {
    fail(
      'training/loss',
      `${loss} needs a target in numbers, but ${describe(targets)} holds text; choose a cross-entropy loss.`,
    )
  }
  const width = targets.names.length
  const picked = new Float32Array(rows.length * width)
  rows.forEach((row, position) => {
    picked.set(values.subarray(row * width, (row + 1) * width), position * width)
  })
  return picked
}

/** The class numbers that several target columns hold, each from 0 to below `classes`. */
function pickNumbers(targets: Targets, rows: Uint32Array, loss: string, classes: number): BigInt64Array {
  const picked = pickValues(targets, rows, loss)
  const wrong = picked.find((value) => !Number.isInteger(value) || value < 0 || value >= classes)
  if (wrong !== undefined) {
    const mend = `give whole numbers from 0 to ${classes - 1}, or the network more classes`
    fail('training/loss', `${loss} needs the number of a class, but ${describe(targets)} holds ${wrong}; ${mend}.`)
  }
  return BigInt64Array.from(picked, BigInt)
}

/**
 * The targets of some rows as a loss wants them, [rows, ...shape]. `loss` is its title, for the one sentence of an
 * IssueError when these targets cannot take that form.
 */
export function encodeTargets(targets: Targets, rows: Uint32Array, target: OutputSpec['target'], loss: string): Tensor {
  const { classes, indices } = targets
  const shape = [rows.length, ...target.shape]
  switch (target.form) {
    case 'value':
      return { dtype: 'float32', shape, data: pickValues(targets, rows, loss) }
    case 'binary': {
      if (classes.length > 2) {
        const mend = 'choose a categorical cross-entropy loss and as many outputs as classes'
        fail(
          'training/loss',
          `${loss} tells two classes apart, but ${describe(targets)} has ${classes.length}; ${mend}.`,
        )
      }
      if (indices) return { dtype: 'float32', shape, data: Float32Array.from(rows, (row) => indices[row] ?? 0) }
      const picked = pickValues(targets, rows, loss)
      if (picked.some((value) => !(value >= 0 && value <= 1))) {
        const mend = 'choose mean squared error'
        fail(
          'training/loss',
          `${loss} needs targets from 0 to 1, but ${describe(targets)} holds other numbers; ${mend}.`,
        )
      }
      return { dtype: 'float32', shape, data: picked }
    }
    case 'index':
    case 'oneHot': {
      if (target.classes !== undefined)
        return { dtype: 'int64', shape, data: pickNumbers(targets, rows, loss, target.classes) }
      if (!indices) {
        if (target.form === 'oneHot' && targets.names.length > 1) {
          return { dtype: 'float32', shape, data: pickValues(targets, rows, loss) }
        }
        const mend = 'choose mean squared error, or make the column a category'
        fail('training/loss', `${loss} needs classes, but ${describe(targets)} holds quantities; ${mend}.`)
      }
      if (target.form === 'index') {
        return { dtype: 'int64', shape, data: BigInt64Array.from(rows, (row) => BigInt(indices[row] ?? 0)) }
      }
      const data = new Float32Array(rows.length * classes.length)
      rows.forEach((row, position) => {
        data[position * classes.length + (indices[row] ?? 0)] = 1
      })
      return { dtype: 'float32', shape, data }
    }
  }
}
