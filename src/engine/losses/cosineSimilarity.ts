import { defineLoss } from '../define.ts'
import { cosine } from '../cosine.ts'
import { rowMean } from '../rows.ts'

export const cosineSimilarity = defineLoss({
  kind: 'cosineSimilarity',
  title: 'Cosine similarity',
  doc: 'The cosine between outputs and targets with its sign turned: -1 where they point the same way, whatever their size.',
  reference: 'https://keras.io/api/losses/regression_losses/#cosinesimilarity-class',
  formula: 'loss = −Σ y p / (‖y‖ ‖p‖) over the outputs',
  conventions: {
    keras: 'CosineSimilarity()',
    pytorch: 'CosineEmbeddingLoss with a target of 1, which is 1 more',
  },
  keras: { class: 'CosineSimilarity', only: { axis: -1 } },
  target: 'value',
  activation: 'linear',
  params: {},
  build: ({ g, prediction, target }) => rowMean(g, g.Neg(cosine(g, prediction, target))),
})
