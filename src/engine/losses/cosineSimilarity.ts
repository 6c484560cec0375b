import { defineLoss } from '../define.ts'
import { cosine } from '../cosine.ts'
import { rowMean } from '../rows.ts'

export const cosineSimilarity = defineLoss({
  kind: 'cosineSimilarity',
  title: 'Cosine similarity',
  doc: 'The cosine between outputs and targets with its sign turned: -1 where they point the same way, whatever their size.',
  reference: 'https://keras.io/api/losses/regression_losses/#cosinesimilarity-class',
  keras: { class: 'CosineSimilarity', only: { axis: -1 } },
  target: 'value',
  activation: 'linear',
  params: {},
  build: ({ g, prediction, target }) => rowMean(g, g.Neg(cosine(g, prediction, target))),
})
