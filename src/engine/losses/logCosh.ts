import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'

export const logCosh = defineLoss({
  kind: 'logCosh',
  title: 'Log-cosh',
  doc: 'Squared for small errors, straight for large ones, smooth between: outliers pull less.',
  reference: 'https://keras.io/api/losses/regression_losses/#logcosh-class',
  formula: 'loss = mean of ln cosh(y − p)',
  conventions: {
    keras: 'LogCosh()',
  },
  keras: { class: 'LogCosh' },
  metric: { class: 'LogCoshError' },
  target: 'value',
  activation: 'linear',
  params: {},
  // ln cosh e = |e| + ln(1 + e^(-2|e|)) - ln 2, which overflows nowhere
  build: ({ g, prediction, target }) => {
    const error = g.Abs(g.Sub(prediction, target))
    const bend = g.Softplus(g.Mul(error, g.scalar(-2)))
    return rowMean(g, g.Sub(g.Add(error, bend), g.scalar(Math.LN2)))
  },
})
