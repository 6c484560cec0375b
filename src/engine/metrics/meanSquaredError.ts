import { defineMetric } from '../define.ts'

export const meanSquaredError = defineMetric({
  kind: 'meanSquaredError',
  title: 'Mean squared error',
  doc: 'The mean of the squared differences.',
  reference: 'https://keras.io/api/metrics/regression_metrics/#meansquarederror-class',
  targets: ['value', 'binary', 'oneHot'],
  better: 'lower',
  params: {},
  build: ({ g, prediction, target }) => {
    const error = g.Sub(prediction, target)
    return g.ReduceMean(g.Mul(error, error), [1])
  },
})
