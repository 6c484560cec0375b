import { defineMetric } from '../define.ts'
import { number } from '../params.ts'
import { classCounts, fScore, scoreParams } from './fScore.ts'

export const fBetaScore = defineMetric({
  kind: 'fBetaScore',
  title: 'F-beta score',
  doc: 'The mean of precision and recall in which recall weighs beta times as much.',
  reference: 'https://keras.io/api/metrics/classification_metrics/#fbetascore-class',
  formula: '(1 + beta²) P R / (beta² P + R),  P = TP / (TP + FP),  R = TP / (TP + FN)',
  keras: { class: 'FBetaScore', without: ['classId'] },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: {
    beta: number({
      title: 'Beta',
      doc: 'How much more recall weighs than precision.',
      default: 1,
      min: 0,
      exclusiveMin: true,
    }),
    ...scoreParams,
  },
  build: (context) => classCounts(context),
  result: (means, params) => fScore(means, params, params.beta),
})
