import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'

export const meanAbsoluteError = defineLoss({
  kind: 'meanAbsoluteError',
  title: 'Mean absolute error',
  doc: 'The mean of the absolute differences; every error weighs as much as it is large.',
  reference: 'https://keras.io/api/losses/regression_losses/#meanabsoluteerror-class',
  formula: 'loss = mean of |y − p|',
  conventions: {
    keras: 'MeanAbsoluteError()',
    pytorch: 'L1Loss()',
    matlab: 'l1loss(Y, T), a sum over the outputs of a row where this is their mean',
  },
  keras: { class: 'MeanAbsoluteError' },
  metric: { class: 'MeanAbsoluteError' },
  target: 'value',
  activation: 'linear',
  params: {},
  build: ({ g, prediction, target }) => rowMean(g, g.Abs(g.Sub(prediction, target))),
})
