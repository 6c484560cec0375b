import { defineMetric } from '../define.ts'
import { classCounts, fScore, scoreParams } from './fScore.ts'

export const f1Score = defineMetric({
  kind: 'f1Score',
  title: 'F1 score',
  doc: 'The harmonic mean of precision and recall.',
  reference: 'https://keras.io/api/metrics/classification_metrics/#f1score-class',
  formula: '2 P R / (P + R),  P = TP / (TP + FP),  R = TP / (TP + FN)',
  keras: { class: 'F1Score', without: ['classId'] },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: scoreParams,
  build: classCounts,
  result: (means, params) => fScore(means, params, 1),
})
