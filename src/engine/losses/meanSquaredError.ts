import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'

export const meanSquaredError = defineLoss({
  kind: 'meanSquaredError',
  title: 'Mean squared error',
  doc: 'The mean of the squared differences; large errors weigh most.',
  reference: 'https://keras.io/api/losses/regression_losses/#meansquarederror-class',
  formula: 'loss = mean of (y − p)²',
  conventions: {
    keras: 'MeanSquaredError()',
    pytorch: 'MSELoss()',
    matlab: 'mse(Y, T), which is half of it, and summed over the outputs of a row: with n of them, n / 2 times this',
  },
  keras: { class: 'MeanSquaredError' },
  metric: { class: 'MeanSquaredError' },
  target: 'value',
  activation: 'linear',
  params: {},
  build: ({ g, prediction, target }) => {
    const error = g.Sub(prediction, target)
    return rowMean(g, g.Mul(error, error))
  },
})
