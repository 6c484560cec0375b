import { cosine } from '../cosine.ts'
import { defineMetric } from '../define.ts'
import { rowMean } from '../rows.ts'

export const cosineSimilarity = defineMetric({
  kind: 'cosineSimilarity',
  title: 'Cosine similarity',
  doc: 'The cosine between outputs and targets: 1 where they point the same way, whatever their size.',
  reference: 'https://keras.io/api/metrics/regression_metrics/#cosinesimilarity-class',
  formula: 'mean of Σ y p / (‖y‖ ‖p‖) over the outputs',
  keras: { class: 'CosineSimilarity', only: { axis: -1 } },
  targets: ['value', 'binary', 'oneHot'],
  better: 'higher',
  params: {},
  build: ({ g, prediction, target }) => rowMean(g, cosine(g, prediction, target)),
})
