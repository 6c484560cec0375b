import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'

export const l2 = defineRegularizer({
  kind: 'l2',
  title: 'L2',
  doc: 'Adds strength × Σw² to the loss (no ½), which keeps all weights small.',
  reference: 'Hoerl & Kennard 1970; Keras keras/src/regularizers/regularizers.py',
  places: ['weight', 'activity'],
  params: { strength: strength('How much each unit of w² costs; PyTorch’s weight_decay under SGD is twice this.') },
  keras: { class: 'L2', arguments: { strength: 'l2' } },
  // strength Σw²
  penalty: ({ g, scalar, value }) => g.Mul(scalar('strength'), g.ReduceSumSquare(value, null)),
})
