import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'
import { epsilon } from './crossEntropy.ts'

export const meanAbsolutePercentageError = defineLoss({
  kind: 'meanAbsolutePercentageError',
  title: 'Mean absolute percentage error',
  doc: 'The mean of the absolute differences in percent of the target, for targets that are never 0.',
  reference: 'https://keras.io/api/losses/regression_losses/#meanabsolutepercentageerror-class',
  formula: 'loss = mean of 100 |y − p| / max(|y|, 10⁻⁷)',
  conventions: {
    keras: 'MeanAbsolutePercentageError()',
  },
  keras: { class: 'MeanAbsolutePercentageError' },
  metric: { class: 'MeanAbsolutePercentageError' },
  target: 'value',
  activation: 'linear',
  params: {},
  // 100 |y - p| / max(|y|, ε)
  build: ({ g, prediction, target }) => {
    const size = g.Max(g.Abs(target), g.scalar(epsilon))
    return rowMean(g, g.Mul(g.Div(g.Abs(g.Sub(target, prediction)), size), g.scalar(100)))
  },
})
