/** Whether what is said to be likely comes true as often as that. */
import type { Calibration } from '#shared/diagnosis.ts'

const bins = 10

/**
 * Probabilities in ten equal intervals, each closed above as the last one has to be: its mean and the fraction of its rows that
 * came true. The error is Σ rows / all · |mean - fraction|.
 */
export function calibrate(
  name: string | null,
  probabilities: ArrayLike<number>,
  cameTrue: (row: number) => boolean,
): Calibration {
  const sums = Array.from({ length: bins }, () => ({ rows: 0, predicted: 0, observed: 0 }))
  for (let row = 0; row < probabilities.length; row++) {
    const probability = probabilities[row] ?? Number.NaN
    const sum = sums[Math.min(bins - 1, Math.max(0, Math.ceil(probability * bins) - 1))]
    if (!sum) continue
    sum.rows++
    sum.predicted += probability
    sum.observed += cameTrue(row) ? 1 : 0
  }
  const filled = sums
    .filter(({ rows }) => rows > 0)
    .map(({ rows, predicted, observed }) => ({ rows, predicted: predicted / rows, observed: observed / rows }))
  const all = filled.reduce((count, { rows }) => count + rows, 0)
  const error = filled.reduce((sum, { rows, predicted, observed }) => sum + rows * Math.abs(predicted - observed), 0)
  return { class: name, bins: filled, error: all > 0 ? error / all : 0 }
}
