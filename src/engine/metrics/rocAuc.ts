import { defineMetric } from '../define.ts'
import { shareOf } from './counts.ts'
import { areaUnder, curveParams, histograms, meanArea } from './curve.ts'

export const rocAuc = defineMetric({
  kind: 'rocAuc',
  title: 'ROC AUC',
  doc: 'The area under true positives over false positives: how often a 1 is ranked above a 0, and 0.5 by chance.',
  reference: 'https://keras.io/api/metrics/classification_metrics/#auc-class',
  formula: '∫ TPR dFPR over the thresholds,  TPR = TP / (TP + FN),  FPR = FP / (FP + TN)',
  keras: { class: 'AUC', only: { curve: 'ROC' } },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: curveParams,
  build: histograms,
  result: (means, params) =>
    meanArea(means, params, ({ right, wrong }) => {
      const rates = [wrong, right].map((counts) => counts.map((count) => shareOf(count, counts[0] ?? 0)))
      return areaUnder(rates[0] ?? [], rates[1] ?? [], params.summationMethod)
    }),
})
