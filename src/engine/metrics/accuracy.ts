import { defineMetric } from '../define.ts'
import { rowMean } from '../rows.ts'

export const accuracy = defineMetric({
  kind: 'accuracy',
  title: 'Accuracy',
  doc: 'Fraction of the rows whose most likely class is the right one.',
  reference: 'https://keras.io/api/metrics/accuracy_metrics/',
  formula: 'rows whose likeliest class is the right one / rows',
  keras: {
    class: 'Accuracy',
    classes: { binary: 'BinaryAccuracy', oneHot: 'CategoricalAccuracy', index: 'SparseCategoricalAccuracy' },
  },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: {},
  build: ({ g, prediction, target, form, threshold }) => {
    const agree =
      form === 'binary'
        ? g.Equal(g.Greater(prediction, g.scalar(threshold)), g.Greater(target, g.scalar(0.5)))
        : g.Equal(g.ArgMax(prediction, -1), g.ArgMax(target, -1))
    return rowMean(g, g.Cast(agree, 'float32'))
  },
})
