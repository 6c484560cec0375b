import { defineMetric } from '../define.ts'
import { integer } from '../params.ts'
import { rowMean } from '../rows.ts'

export const topKAccuracy = defineMetric({
  kind: 'topKAccuracy',
  title: 'Top-k accuracy',
  doc: 'Fraction of the rows whose right class is among the k most likely ones.',
  reference: 'https://keras.io/api/metrics/accuracy_metrics/#topkcategoricalaccuracy-class',
  formula: 'rows in which fewer than k classes are likelier than the right one / rows',
  keras: { class: 'TopKCategoricalAccuracy', classes: { index: 'SparseTopKCategoricalAccuracy' } },
  targets: ['oneHot'],
  better: 'higher',
  params: { k: integer({ title: 'K', doc: 'How many classes may be named.', default: 5, min: 1 }) },
  // fewer than k classes are more likely than the right one (and none, where that is not a number)
  build: ({ g, params, prediction, target }) => {
    const right = g.OneHot(g.ArgMax(target, -1), Number(prediction.shape.at(-1)))
    const score = g.ReduceSum(g.Mul(prediction, right), [-1], true)
    const ahead = g.ReduceSum(g.Cast(g.Not(g.GreaterOrEqual(score, prediction)), 'float32'), [-1])
    return rowMean(g, g.Cast(g.Less(ahead, g.scalar(params.k)), 'float32'))
  },
})
