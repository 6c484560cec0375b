/** Predicted numbers beside those of the rows. */
import type { NumberDiagnosis } from '#shared/diagnosis.ts'

/** So many columns are compared, the first ones. */
const mostColumns = 16

/** Errors of one column: e = predicted - actual; R² = 1 - Σ e² / Σ (actual - mean)². */
export function compareNumbers(
  name: string,
  actual: readonly number[],
  predicted: readonly number[],
): NumberDiagnosis['columns'][number] {
  const rows = Math.max(actual.length, 1)
  const mean = actual.reduce((sum, value) => sum + value, 0) / rows
  const squares = actual.reduce((sum, value, row) => sum + ((predicted[row] ?? 0) - value) ** 2, 0)
  const absolute = actual.reduce((sum, value, row) => sum + Math.abs((predicted[row] ?? 0) - value), 0)
  const variance = actual.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    name,
    actual: [...actual],
    predicted: [...predicted],
    rootMeanSquare: Math.sqrt(squares / rows),
    meanAbsolute: absolute / rows,
    determination: variance > 0 ? 1 - squares / variance : null,
  }
}

/** Compares predictions with targets, both [rows, names]. */
export function diagnoseNumbers(
  names: readonly string[],
  actual: ArrayLike<number>,
  predictions: ArrayLike<number>,
): NumberDiagnosis {
  const rows = actual.length / names.length
  const column = (values: ArrayLike<number>, at: number) =>
    Array.from({ length: rows }, (_, row) => {
      const value = values[row * names.length + at] ?? 0
      return Number.isFinite(value) ? value : 0
    })
  return {
    kind: 'numbers',
    columns: names
      .slice(0, mostColumns)
      .map((name, at) => compareNumbers(name, column(actual, at), column(predictions, at))),
  }
}
