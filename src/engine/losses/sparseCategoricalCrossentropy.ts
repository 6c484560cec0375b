import { defineLoss } from '../define.ts'
import { categorical, crossEntropyParams } from './crossEntropy.ts'

export const sparseCategoricalCrossentropy = defineLoss({
  kind: 'sparseCategoricalCrossentropy',
  title: 'Sparse categorical cross-entropy',
  doc: 'For several classes given by their index: the negative log-likelihood of the right class.',
  reference: 'https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class',
  formula: 'loss = −ln p of the right class',
  conventions: {
    keras: 'SparseCategoricalCrossentropy(from_logits)',
    pytorch: 'CrossEntropyLoss with class numbers as targets; it always takes logits',
    matlab: 'crossentropy(Y, T) with T one column a class',
  },
  keras: { class: 'SparseCategoricalCrossentropy', only: { axis: -1, ignore_class: null } },
  target: 'index',
  activation: 'softmax',
  params: crossEntropyParams,
  build: categorical,
})
