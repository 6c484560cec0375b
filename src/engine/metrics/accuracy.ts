import { defineMetric } from '../define.ts'

export const accuracy = defineMetric({
  kind: 'accuracy',
  title: 'Accuracy',
  doc: 'Fraction of the rows whose most likely class is the right one.',
  reference: 'https://keras.io/api/metrics/accuracy_metrics/',
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: {},
  build: ({ g, prediction, target, form, threshold }) => {
    if (form === 'binary') {
      const said = g.Greater(prediction, g.scalar(threshold))
      const agree = g.Equal(said, g.Greater(target, g.scalar(0.5)))
      return g.ReduceMean(g.Cast(agree, 'float32'), [1])
    }
    return g.Cast(g.Equal(g.ArgMax(prediction, -1), g.ArgMax(target, -1)), 'float32')
  },
})
