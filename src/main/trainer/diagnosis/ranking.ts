/** How well scores tell the rows of one class from all others. */
import type { Ranking } from '#shared/diagnosis.ts'

type Point = [number, number]

/** So many points of a curve are told, at most. */
const mostPoints = 240

/** Evenly many of a curve's points, the first and the last always among them. */
function thinned(points: readonly Point[]): Point[] {
  if (points.length <= mostPoints) return [...points]
  const step = (points.length - 1) / (mostPoints - 1)
  return Array.from({ length: mostPoints }, (_, at) => points[Math.round(at * step)] ?? [1, 1])
}

/**
 * The ROC curve and the precision-recall curve of scores, one for each row: the threshold falls through all that occur, rows of
 * the same score together. `area` is that of the trapezoids under the ROC curve; average precision is Σ (Rₙ - Rₙ₋₁) Pₙ. Rows whose
 * score is not a number count as the lowest.
 */
export function rankRows(name: string, scores: ArrayLike<number>, isPositive: (row: number) => boolean): Ranking {
  const scoreOf = (row: number): number => {
    const score = scores[row] ?? Number.NaN
    return Number.isNaN(score) ? -Infinity : score
  }
  const order = Array.from({ length: scores.length }, (_, row) => row).sort((a, b) => {
    const [one, other] = [scoreOf(a), scoreOf(b)]
    return one === other ? 0 : other > one ? 1 : -1
  })
  const positives = order.reduce((count, row) => count + (isPositive(row) ? 1 : 0), 0)
  const negatives = order.length - positives
  const roc: Point[] = [[0, 0]]
  const precisionRecall: Point[] = []
  let [right, wrong, area, averagePrecision] = [0, 0, 0, 0]
  for (let at = 0; at < order.length;) {
    const score = scoreOf(order[at] ?? 0)
    const before = { right, wrong }
    for (; at < order.length && scoreOf(order[at] ?? 0) === score; at++) {
      if (isPositive(order[at] ?? 0)) right++
      else wrong++
    }
    const precision = right / (right + wrong)
    area += ((wrong - before.wrong) * (right + before.right)) / 2
    averagePrecision += (right - before.right) * precision
    roc.push([wrong / Math.max(negatives, 1), right / Math.max(positives, 1)])
    precisionRecall.push([right / Math.max(positives, 1), precision])
  }
  return {
    class: name,
    positives,
    area: positives > 0 && negatives > 0 ? area / (positives * negatives) : null,
    averagePrecision: positives > 0 ? averagePrecision / positives : null,
    roc: thinned(roc),
    precisionRecall: thinned(precisionRecall),
  }
}
