import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'
import { binaryEntropy, crossEntropyParams } from './crossEntropy.ts'

export const binaryCrossentropy = defineLoss({
  kind: 'binaryCrossentropy',
  title: 'Binary cross-entropy',
  doc: 'For two classes and one output: the negative log-likelihood of the right class.',
  reference: 'https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class',
  keras: { class: 'BinaryCrossentropy', only: { axis: -1 } },
  metric: { class: 'BinaryCrossentropy' },
  target: 'binary',
  activation: 'sigmoid',
  params: crossEntropyParams,
  build: (context) => rowMean(context.g, binaryEntropy(context)),
})
