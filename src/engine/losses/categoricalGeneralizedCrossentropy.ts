import { defineLoss } from '../define.ts'
import { number } from '../params.ts'
import { rowMean } from '../rows.ts'
import { powerOf } from './powerOf.ts'

export const categoricalGeneralizedCrossentropy = defineLoss({
  kind: 'categoricalGeneralizedCrossentropy',
  title: 'Generalized cross-entropy',
  doc: 'Between cross-entropy and mean absolute error, so that wrong labels pull less.',
  reference: 'Zhang, Sabuncu 2018, https://arxiv.org/abs/1805.07836; keras/src/losses/losses.py',
  formula: 'loss = (1 − p^q) / q, p the probability of the right class',
  conventions: {
    keras: 'CategoricalGeneralizedCrossEntropy(q)',
  },
  keras: { class: 'CategoricalGeneralizedCrossEntropy' },
  target: 'index',
  activation: 'softmax',
  params: {
    q: number({
      title: 'Robustness',
      doc: 'Towards 0 it is cross-entropy, towards 1 mean absolute error.',
      default: 0.5,
      min: 0,
      sensible: [0.1, 0.9],
      max: 1,
      exclusiveMin: true,
      exclusiveMax: true,
    }),
  },
  // (1 - p^q) / q with p the probability of the right class
  build: ({ g, params, prediction, target }) => {
    const right = g.ReduceSum(g.Mul(prediction, target), [-1])
    return rowMean(g, g.Div(g.Sub(g.scalar(1), powerOf(g, right, params.q)), g.scalar(params.q)))
  },
})
