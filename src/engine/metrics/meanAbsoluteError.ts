import { defineMetric } from '../define.ts'

export const meanAbsoluteError = defineMetric({
  kind: 'meanAbsoluteError',
  title: 'Mean absolute error',
  doc: 'The mean of the absolute differences, in the target’s unit.',
  reference: 'https://keras.io/api/metrics/regression_metrics/#meanabsoluteerror-class',
  targets: ['value', 'binary', 'oneHot'],
  better: 'lower',
  params: {},
  build: ({ g, prediction, target }) => g.ReduceMean(g.Abs(g.Sub(prediction, target)), [1]),
})
