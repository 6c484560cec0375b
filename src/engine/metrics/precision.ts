import { defineMetric } from '../define.ts'
import { confusion, countArguments, countParams, shareOf } from './counts.ts'

export const precision = defineMetric({
  kind: 'precision',
  title: 'Precision',
  doc: 'Fraction of the outputs that say 1 that are right.',
  reference: 'https://keras.io/api/metrics/classification_metrics/#precision-class',
  formula: 'TP / (TP + FP), 0 where nothing says 1',
  keras: { class: 'Precision', arguments: countArguments },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: countParams,
  build: confusion,
  result: ([right = 0, wrong = 0]) => shareOf(right, right + wrong),
})
