/** A CSV file as columns of text, each cell still knowing the line it came from. */
import Papa from 'papaparse'
import { CallError } from '#shared/result.ts'
import { type DecimalMark, isMissing, readNumber } from './cells.ts'

/** A column, every distinct text kept once: cell `row` holds `texts[codes[row]]`, without surrounding blanks. */
export interface TableColumn {
  readonly name: string
  readonly codes: Uint32Array
  readonly texts: readonly string[]
}

export interface Table {
  /** The file's name, for messages. */
  readonly source: string
  /** Of the file's bytes, in hexadecimal digits; null where there was no file. */
  readonly sha256: string | null
  readonly rows: number
  readonly columns: readonly TableColumn[]
  /** The line of the file each row begins on, counted from 1. */
  readonly lines: Uint32Array
  readonly decimal: DecimalMark
}

const separators = [',', ';', '\t'] as const

/** The separator that occurs most often outside quotes in the line of column names. */
function detectSeparator(text: string): (typeof separators)[number] {
  const counts = new Map<string, number>()
  let quoted = false
  for (const character of text) {
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) break
    else if (!quoted) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  const count = (separator: string) => counts.get(separator) ?? 0
  return separators.reduce((best, separator) => (count(separator) > count(best) ? separator : best))
}

const lineBreak = /\r\n|\r|\n/g

/** How many further lines of the file a row's quoted cells span. */
function linesWithin(cells: readonly string[]): number {
  let lines = 0
  for (const cell of cells) if (/[\r\n]/.test(cell)) lines += cell.match(lineBreak)?.length ?? 0
  return lines
}

function checkHeader(source: string, line: number, names: readonly string[]): void {
  const place = `${source}, line ${line}`
  const unnamed = names.indexOf('')
  if (unnamed >= 0) {
    throw new CallError('invalid', `${place}: column ${unnamed + 1} has no name; give every column one.`)
  }
  if (names.every((name) => readNumber(name, '.') !== null)) {
    throw new CallError(
      'invalid',
      `${place} holds numbers, not column names; put a line with the names of the columns above it.`,
    )
  }
  names.forEach((name, index) => {
    const first = names.indexOf(name)
    if (first === index) return
    const message = `${place}: columns ${first + 1} and ${index + 1} are both named "${name}"; rename one of them.`
    throw new CallError('invalid', message)
  })
}

/** Collects cells column by column. */
class ColumnTexts {
  readonly name: string
  readonly #codes: number[] = []
  readonly #texts: string[] = []
  readonly #codeOf = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  add(cell: string): void {
    const text = cell.trim()
    let code = this.#codeOf.get(text)
    if (code === undefined) {
      code = this.#texts.length
      this.#codeOf.set(text, code)
      this.#texts.push(text)
    }
    this.#codes.push(code)
  }

  column(): TableColumn {
    return { name: this.name, codes: Uint32Array.from(this.#codes), texts: this.#texts }
  }
}

/** Decimal commas are taken for such only where the comma does not separate and no cell has a decimal point. */
function detectDecimal(separator: string, columns: readonly TableColumn[]): DecimalMark {
  if (separator === ',') return '.'
  let commas = false
  for (const { texts } of columns) {
    for (const text of texts) {
      if (/^[+-]?\d*\.\d+$/.test(text)) return '.'
      commas ||= /^[+-]?\d*,\d+$/.test(text)
    }
  }
  return commas ? ',' : '.'
}

/**
 * Reads CSV text with a line of column names; the separator (comma, semicolon, tab) is worked out. Rows of the wrong
 * length, stray quotes, unnamed or doubly named columns and an empty file end in a CallError that names file and line.
 */
export function parseTable(source: string, text: string): Table {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text
  const separator = detectSeparator(content)
  let line = 1
  let columns: ColumnTexts[] | null = null
  const lines: number[] = []

  Papa.parse<string[]>(content, {
    delimiter: separator,
    step: ({ data: cells, errors }) => {
      const place = `${source}, line ${line}`
      const quotes = errors.find((error) => error.type === 'Quotes')
      if (quotes?.code === 'MissingQuotes') {
        throw new CallError('invalid', `${place}: a quote is opened and never closed; close or remove it.`)
      }
      if (quotes) throw new CallError('invalid', `${place}: a quote in the middle of a cell; write it twice ("").`)
      const start = line
      line += 1 + linesWithin(cells)
      // Blank lines are skipped; in a table of one column an empty cell looks just the same.
      if (cells.length === 1 && cells[0]?.trim() === '') return
      if (columns === null) {
        const names = cells.map((cell) => cell.trim())
        checkHeader(source, start, names)
        columns = names.map((name) => new ColumnTexts(name))
        return
      }
      if (cells.length !== columns.length) {
        throw new CallError(
          'invalid',
          `${place} has ${cells.length} cells where the line of column names has ${columns.length}; ` +
            'add or remove cells (a cell that contains the separator needs quotes around it).',
        )
      }
      lines.push(start)
      columns.forEach((column, index) => column.add(cells[index] ?? ''))
    },
  })

  const read: readonly ColumnTexts[] = columns ?? []
  if (read.length === 0) {
    throw new CallError('invalid', `${source} is empty; it needs a line of column names and rows below it.`)
  }
  if (lines.length === 0) {
    throw new CallError('invalid', `${source} has column names but no rows; add rows below them.`)
  }
  const finished = read.map((column) => column.column())
  return {
    source,
    sha256: null,
    rows: lines.length,
    columns: finished,
    lines: Uint32Array.from(lines),
    decimal: detectDecimal(separator, finished),
  }
}

/** The text of one cell. */
export function cellText(column: TableColumn, row: number): string {
  return column.texts[column.codes[row] ?? 0] ?? ''
}

/** A column's distinct texts as numbers: NaN where the value is missing or not a number. */
export function numbersByCode(table: Table, column: TableColumn): Float64Array {
  return Float64Array.from(column.texts, (text) =>
    isMissing(text) ? Number.NaN : (readNumber(text, table.decimal) ?? Number.NaN),
  )
}

/** Rows as people find them in the file: `line 3`, or `lines 3, 17, 21 and 20 more`. */
export function listLines(table: Table, rows: readonly number[]): string {
  const shown = rows.slice(0, 3).map((row) => table.lines[row])
  if (rows.length === 1) return `line ${shown[0]}`
  const more = rows.length - shown.length
  if (more > 0) return `lines ${shown.join(', ')} and ${more} more`
  return `lines ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}
