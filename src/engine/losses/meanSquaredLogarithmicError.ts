import { defineLoss } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { rowMean } from '../rows.ts'
import { epsilon } from './crossEntropy.ts'

export const meanSquaredLogarithmicError = defineLoss({
  kind: 'meanSquaredLogarithmicError',
  title: 'Mean squared logarithmic error',
  doc: 'Squared differences of the logarithms, for targets of 0 or more that span orders of magnitude.',
  reference: 'https://keras.io/api/losses/regression_losses/#meansquaredlogarithmicerror-class',
  formula: 'loss = mean of (ln(1 + max(y, 10⁻⁷)) − ln(1 + max(p, 10⁻⁷)))²',
  conventions: {
    keras: 'MeanSquaredLogarithmicError()',
  },
  keras: { class: 'MeanSquaredLogarithmicError' },
  metric: { class: 'MeanSquaredLogarithmicError' },
  target: 'value',
  activation: 'linear',
  params: {},
  build: ({ g, prediction, target }) => {
    const error = g.Sub(logarithm(g, prediction), logarithm(g, target))
    return rowMean(g, g.Mul(error, error))
  },
})

/** ln(1 + x), what is below 0 taken as 0. */
function logarithm(g: Builder, x: Value): Value {
  return g.Log(g.Add(g.Max(x, g.scalar(epsilon)), g.scalar(1)))
}
