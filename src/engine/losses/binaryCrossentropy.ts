import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'
import { binaryEntropy, crossEntropyParams } from './crossEntropy.ts'

export const binaryCrossentropy = defineLoss({
  kind: 'binaryCrossentropy',
  title: 'Binary cross-entropy',
  doc: 'For two classes and one output: the negative log-likelihood of the right class.',
  reference: 'https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class',
  formula: 'loss = mean of −(y ln p + (1 − y) ln(1 − p))\nfrom logits z: mean of ln(1 + eᶻ) − z y',
  conventions: {
    keras: 'BinaryCrossentropy(from_logits)',
    pytorch: 'BCELoss of probabilities, BCEWithLogitsLoss of logits',
    matlab:
      'crossentropy(Y, T, ClassificationMode="multilabel"), a sum over the outputs of a row where this is their mean',
  },
  keras: { class: 'BinaryCrossentropy', only: { axis: -1 } },
  metric: { class: 'BinaryCrossentropy' },
  target: 'binary',
  activation: 'sigmoid',
  params: crossEntropyParams,
  build: (context) => rowMean(context.g, binaryEntropy(context)),
})
