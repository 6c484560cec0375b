/** What the text of one cell means. */

const missingMarks = new Set(['', '?', 'na', 'n/a', 'nan', 'null'])

/** Whether a cell says that its value is not known: empty, `NA`, `N/A`, `NaN`, `null` or `?`, in any case. */
export function isMissing(text: string): boolean {
  return text.length <= 4 && missingMarks.has(text.toLowerCase())
}

const withPoint = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const withComma = /^[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i

/** The mark between whole and fraction. */
export type DecimalMark = '.' | ','

/** The number a cell holds, or null where it holds none that float32 can represent. */
export function readNumber(text: string, decimal: DecimalMark): number | null {
  if (!(decimal === '.' ? withPoint : withComma).test(text)) return null
  const value = Number(decimal === '.' ? text : text.replace(',', '.'))
  return Number.isFinite(Math.fround(value)) ? value : null
}
