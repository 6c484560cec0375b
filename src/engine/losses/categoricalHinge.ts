import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'

export const categoricalHinge = defineLoss({
  kind: 'categoricalHinge',
  title: 'Categorical hinge',
  doc: 'For several classes: how far the right class is from leading all others by 1.',
  reference: 'https://keras.io/api/losses/hinge_losses/#categoricalhinge-class',
  formula: 'loss = max(0, 1 + max of (1 − y) p − Σ y p) over the classes',
  conventions: {
    keras: 'CategoricalHinge()',
    pytorch:
      'MultiMarginLoss sums over all wrong classes and divides by the number of classes, here only the worst one counts',
  },
  keras: { class: 'CategoricalHinge' },
  metric: { class: 'CategoricalHinge' },
  target: 'oneHot',
  activation: 'linear',
  params: {},
  // max(0, max((1 - y) p) - Σ y p + 1) over the last axis
  build: ({ g, prediction, target }) => {
    const one = g.scalar(1)
    const right = g.ReduceSum(g.Mul(target, prediction), [-1])
    const other = g.ReduceMax(g.Mul(g.Sub(one, target), prediction), [-1])
    return rowMean(g, g.Relu(g.Add(g.Sub(other, right), one)))
  },
})
