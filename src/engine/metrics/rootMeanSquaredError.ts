import { defineMetric } from '../define.ts'
import { rowMean } from '../rows.ts'

export const rootMeanSquaredError = defineMetric({
  kind: 'rootMeanSquaredError',
  title: 'Root mean squared error',
  doc: 'The root of the mean squared difference, in the target’s unit.',
  reference: 'https://keras.io/api/metrics/regression_metrics/#rootmeansquarederror-class',
  formula: '√(mean of (y − p)²)',
  keras: { class: 'RootMeanSquaredError' },
  targets: ['value', 'binary', 'oneHot'],
  better: 'lower',
  params: {},
  build: ({ g, prediction, target }) => {
    const error = g.Sub(prediction, target)
    return rowMean(g, g.Mul(error, error))
  },
  result: ([mean = Number.NaN]) => Math.sqrt(mean),
})
