/** Predicted classes beside those of the rows. */
import type { OutputSpec } from '#engine/compile/program.ts'
import { requireDefinition } from '#engine/definitions.ts'
import type { ClassDiagnosis } from '#shared/diagnosis.ts'
import { calibrate } from './calibration.ts'
import { rankRows } from './ranking.ts'

/** So many classes get curves of their own. */
const mostRankings = 12

/** A score for each class and row, [rows, classes], and whether they are probabilities. */
export interface Scores {
  readonly values: Float32Array
  readonly probabilities: boolean
}

function softmax(scores: Float32Array): void {
  const greatest = Math.max(...scores)
  const sum = scores.reduce((total, score) => total + Math.exp(score - greatest), 0)
  scores.forEach((score, index) => (scores[index] = Math.exp(score - greatest) / sum))
}

/** What an output says of each class; one number that tells two classes apart becomes a score for both. */
export function scoresOf({ loss, target }: OutputSpec, predictions: Float32Array, rows: number): Scores {
  const width = predictions.length / rows
  const { activation } = requireDefinition('loss', loss.kind, 'training/loss')
  const fromLogits = loss.params['fromLogits'] === true
  const probabilities = fromLogits || activation !== 'linear'
  if (target.form === 'binary') {
    const values = new Float32Array(rows * 2)
    for (let row = 0; row < rows; row++) {
      const raw = predictions[row * width] ?? Number.NaN
      const score = fromLogits ? 1 / (1 + Math.exp(-raw)) : raw
      values.set(probabilities ? [1 - score, score] : [-score, score], row * 2)
    }
    return { values, probabilities }
  }
  const values = predictions.slice()
  if (fromLogits) for (let row = 0; row < rows; row++) softmax(values.subarray(row * width, (row + 1) * width))
  return { values, probabilities }
}

/** The class with the highest score of each row. */
export function winners({ values }: Scores, classes: number): number[] {
  return Array.from({ length: values.length / classes }, (_, row) => {
    const scores = values.subarray(row * classes, (row + 1) * classes)
    return Math.max(0, scores.indexOf(Math.max(...scores)))
  })
}

/** Which classes get curves: the second of two, else the most frequent. */
function rankedClasses(classes: number, actual: readonly number[]): number[] {
  if (classes === 2) return [1]
  const counts = new Uint32Array(classes)
  for (const each of actual) counts[each] = (counts[each] ?? 0) + 1
  const byCount = [...counts.keys()].sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b)
  return byCount.slice(0, mostRankings).sort((a, b) => a - b)
}

/** Compares scores with the classes of the rows. */
export function diagnoseClasses(classes: readonly string[], scores: Scores, actual: readonly number[]): ClassDiagnosis {
  const width = classes.length
  const { values, probabilities } = scores
  const predicted = winners(scores, width)
  const of = (own: number): Float32Array => Float32Array.from(actual, (_, row) => values[row * width + own] ?? 0)
  const finite = (value: number | undefined): number => (value !== undefined && Number.isFinite(value) ? value : 0)
  const scoreOf = (which: readonly number[]) => which.map((own, row) => finite(values[row * width + own]))
  const scoreOfPredicted = scoreOf(predicted)
  const calibration =
    width === 2
      ? calibrate(classes[1] ?? '', of(1), (row) => actual[row] === 1)
      : calibrate(null, scoreOfPredicted, (row) => actual[row] === predicted[row])
  return {
    kind: 'classes',
    classes: [...classes],
    actual: [...actual],
    predicted,
    scoreOfPredicted,
    scoreOfActual: scoreOf(actual),
    probabilities,
    rankings: rankedClasses(width, actual).map((own) =>
      rankRows(classes[own] ?? '', of(own), (row) => actual[row] === own),
    ),
    calibration: probabilities ? calibration : null,
  }
}
