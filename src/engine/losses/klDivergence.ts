import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'
import { epsilon } from './crossEntropy.ts'

export const klDivergence = defineLoss({
  kind: 'klDivergence',
  title: 'Kullback-Leibler divergence',
  doc: 'How far the predicted distribution over the classes is from the one in the target columns.',
  reference: 'https://keras.io/api/losses/probabilistic_losses/#kldivergence-class',
  formula: 'loss = Σ y ln(y / p) over the classes',
  conventions: {
    keras: 'KLDivergence()',
    pytorch: 'KLDivLoss(reduction="batchmean"), which takes ln p, not p',
  },
  keras: { class: 'KLDivergence' },
  metric: { class: 'KLDivergence' },
  target: 'oneHot',
  activation: 'softmax',
  params: {},
  // Σ y ln(y / p) over the last axis, averaged over a row's positions
  build: ({ g, prediction, logits, target }) => {
    const [low, high] = [g.scalar(epsilon), g.scalar(1)]
    const y = g.Clip(target, low, high)
    const z = logits('Softmax')
    const logarithm = z ? g.LogSoftmax(z) : g.Log(g.Clip(prediction, low, high))
    return rowMean(g, g.ReduceSum(g.Mul(y, g.Sub(g.Log(y), logarithm)), [-1]))
  },
})
