import { defineLoss } from '../define.ts'
import { binary, crossEntropyParams } from './crossEntropy.ts'

export const binaryCrossentropy = defineLoss({
  kind: 'binaryCrossentropy',
  title: 'Binary cross-entropy',
  doc: 'For two classes and one output: the negative log-likelihood of the right class.',
  reference: 'https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class',
  target: 'binary',
  activation: 'sigmoid',
  params: crossEntropyParams,
  build: binary,
})
