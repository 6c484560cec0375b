import { defineSchedule } from '../define.ts'

export const constant = defineSchedule({
  kind: 'constant',
  title: 'Constant',
  doc: 'The learning rate stays as it is set.',
  reference: 'https://keras.io/api/optimizers/',
  formula: 'ηₜ = η',
  params: {},
  build: ({ learningRate }) => learningRate,
})
