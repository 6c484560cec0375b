import { decayed, decays, exclusion } from '../decay.ts'
import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'

export const weightDecay = defineRegularizer({
  kind: 'weightDecay',
  title: 'Weight decay',
  doc: 'Before each update, shrinks every weight that is not left out by learning rate × strength, apart from the gradient.',
  reference: 'Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101; Keras weight_decay',
  formula: 'before each update: w ← w − η · strength · w, η the learning rate of the step',
  conventions: {
    keras:
      'weight_decay=strength of any optimizer: it is multiplied by the learning rate and decays every trained weight, biases too, as here',
    pytorch:
      'AdamW(weight_decay=strength), which decays w by η · strength too; the weight_decay of SGD and Adam is L2 in the gradient and equals this one under plain SGD only',
    matlab:
      'Nothing built in: L2Regularization enters the gradient, which equals this under sgdm without momentum only',
  },
  places: ['training'],
  params: {
    strength: strength('Fraction of a weight lost per step and unit of learning rate.', 0.004, [1e-3, 1]),
    excluded: exclusion,
  },
  // w ← w - w η λ
  beforeUpdate: (context) => {
    const { g, params, scalar, weight, learningRate } = context
    return decays(context, params.excluded) ? decayed(g, weight, learningRate, scalar('strength')) : weight
  },
})
