import { defineMetric } from '../define.ts'
import { confusion, countArguments, countParams, shareOf } from './counts.ts'

export const recall = defineMetric({
  kind: 'recall',
  title: 'Recall',
  doc: 'Fraction of the outputs that should say 1 that do.',
  reference: 'https://keras.io/api/metrics/classification_metrics/#recall-class',
  formula: 'TP / (TP + FN), 0 where nothing should say 1',
  keras: { class: 'Recall', arguments: countArguments },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: countParams,
  build: confusion,
  result: ([right = 0, , missed = 0]) => shareOf(right, right + missed),
})
