import { defineMetric } from '../define.ts'
import { rowMean } from '../rows.ts'
import { above, thresholdParam } from './probabilities.ts'

export const binaryAccuracy = defineMetric({
  kind: 'binaryAccuracy',
  title: 'Binary accuracy',
  doc: 'Fraction of the outputs that are on the right side of a threshold.',
  reference: 'https://keras.io/api/metrics/accuracy_metrics/#binaryaccuracy-class',
  formula: 'outputs with (p > threshold) = y / outputs',
  keras: { class: 'BinaryAccuracy' },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: { threshold: thresholdParam },
  build: (context) => {
    const { g, params, target } = context
    const agree = g.Equal(above(context, params.threshold), g.Greater(target, g.scalar(0.5)))
    return rowMean(g, g.Cast(agree, 'float32'))
  },
})
