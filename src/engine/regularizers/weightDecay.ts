import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'

export const weightDecay = defineRegularizer({
  kind: 'weightDecay',
  title: 'Weight decay',
  doc: 'Before each update, shrinks every weight, biases included, by learning rate × strength, apart from the gradient.',
  reference: 'Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101; Keras weight_decay',
  places: ['training'],
  params: { strength: strength('Fraction of a weight lost per step and unit of learning rate.', 0.004) },
  // w ← w - w η λ
  beforeUpdate: ({ g, scalar, weight, learningRate }) =>
    g.Sub(weight, g.Mul(weight, g.Mul(learningRate, scalar('strength')))),
})
