import { defineMetric } from '../define.ts'
import { tensorOf } from '../graph/tensor.ts'
import { choice } from '../params.ts'

export const r2Score = defineMetric({
  kind: 'r2Score',
  title: 'R²',
  doc: 'How much of the targets’ variance is predicted: 1 is all of it, 0 no more than their mean does.',
  reference: 'https://keras.io/api/metrics/regression_metrics/#r2score-class',
  formula: '1 − Σ (y − p)² / Σ (y − ȳ)²',
  keras: { class: 'R2Score', only: { num_regressors: 0 } },
  targets: ['value', 'binary', 'oneHot'],
  better: 'higher',
  params: {
    classAggregation: choice({
      title: 'Average',
      doc: 'Several targets count alike, or by their variance.',
      options: ['uniform_average', 'variance_weighted_average'],
      default: 'uniform_average',
    }),
  },
  // Of each target column y - c, (y - c)² and (y - p)², [batch, 3 columns]; c near the mean keeps the squares small
  build: ({ g, prediction, target, center }) => {
    const [p, y] = [g.Flatten(prediction), g.Flatten(target)]
    const width = Number(y.shape[1])
    const middle = center.length === width ? center : Array.from({ length: width }, () => 0)
    const off = g.Sub(y, g.initializer('center', tensorOf('float32', [width], middle)))
    const error = g.Sub(y, p)
    return g.Concat([off, g.Mul(off, off), g.Mul(error, error)], 1)
  },
  result: (means, { classAggregation }) => {
    const width = means.length / 3
    const mean = (block: number, column: number): number => means[block * width + column] ?? Number.NaN
    const columns = Array.from({ length: width }, (_, column) => {
      const variance = mean(1, column) - mean(0, column) ** 2
      const score = 1 - mean(2, column) / variance
      return { variance, score: Math.abs(score) === Number.POSITIVE_INFINITY ? 0 : score }
    })
    const weights = columns.map(({ variance }) => (classAggregation === 'uniform_average' ? 1 : variance))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return columns.reduce((sum, { score }, column) => sum + score * (weights[column] ?? 0), 0) / total
  },
})
