import { defineLoss } from '../define.ts'
import { categorical, crossEntropyParams } from './crossEntropy.ts'

export const categoricalCrossentropy = defineLoss({
  kind: 'categoricalCrossentropy',
  title: 'Categorical cross-entropy',
  doc: 'For several classes with one target column each: the negative log-likelihood of the right class.',
  reference: 'https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class',
  formula: 'loss = −Σ y ln p over the classes',
  conventions: {
    keras: 'CategoricalCrossentropy(from_logits)',
    pytorch: 'CrossEntropyLoss with class probabilities as targets; it always takes logits',
    matlab: 'crossentropy(Y, T), which takes probabilities',
  },
  keras: { class: 'CategoricalCrossentropy', only: { axis: -1 } },
  metric: {
    class: 'CategoricalCrossentropy',
    classes: { index: 'SparseCategoricalCrossentropy' },
    only: { axis: -1 },
  },
  target: 'oneHot',
  activation: 'softmax',
  params: crossEntropyParams,
  build: categorical,
})
