import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'

export const l2 = defineRegularizer({
  kind: 'l2',
  title: 'L2',
  doc: 'Adds strength × Σw² to the loss (no ½), which keeps all weights small.',
  reference: 'Hoerl & Kennard 1970; Keras keras/src/regularizers/regularizers.py',
  formula: 'loss + strength · Σ w²\nits gradient: 2 · strength · w',
  conventions: {
    keras: 'L2(strength), without a ½, as here',
    pytorch:
      'weight_decay=2 * strength of SGD, Adam and others, for the same weights only, since it decays biases too; not that of AdamW, which is decoupled',
    matlab: 'L2Regularization=2*strength of trainingOptions, which costs ½ λ ‖w‖² and leaves biases alone',
  },
  places: ['weight', 'activity'],
  params: { strength: strength('How much each unit of w² costs; PyTorch’s weight_decay under SGD is twice this.') },
  keras: { class: 'L2', arguments: { strength: 'l2' } },
  // strength Σw²
  penalty: ({ g, scalar, value }) => g.Mul(scalar('strength'), g.ReduceSumSquare(value, null)),
})
