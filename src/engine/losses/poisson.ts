import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'
import { epsilon } from './crossEntropy.ts'

export const poisson = defineLoss({
  kind: 'poisson',
  title: 'Poisson',
  doc: 'For counts: the negative log-likelihood when each output is the rate of a Poisson distribution, above 0.',
  reference: 'https://keras.io/api/losses/probabilistic_losses/#poisson-class',
  formula: 'loss = mean of p − y ln(p + 10⁻⁷)',
  conventions: {
    keras: 'Poisson()',
    pytorch: 'PoissonNLLLoss(log_input=False, eps=1e-7)',
  },
  keras: { class: 'Poisson' },
  metric: { class: 'Poisson' },
  target: 'value',
  activation: 'softplus',
  params: {},
  // p - y ln(p + ε)
  build: ({ g, prediction, target }) =>
    rowMean(g, g.Sub(prediction, g.Mul(target, g.Log(g.Add(prediction, g.scalar(epsilon)))))),
})
