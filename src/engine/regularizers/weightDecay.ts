import { decayed, decays, exclusion } from '../decay.ts'
import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'

export const weightDecay = defineRegularizer({
  kind: 'weightDecay',
  title: 'Weight decay',
  doc: 'Before each update, shrinks every weight that is not left out by learning rate × strength, apart from the gradient.',
  reference: 'Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101; Keras weight_decay',
  places: ['training'],
  params: {
    strength: strength('Fraction of a weight lost per step and unit of learning rate.', 0.004),
    excluded: exclusion,
  },
  // w ← w - w η λ
  beforeUpdate: (context) => {
    const { g, params, scalar, weight, learningRate } = context
    return decays(context, params.excluded) ? decayed(g, weight, learningRate, scalar('strength')) : weight
  },
})
