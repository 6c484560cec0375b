import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'

export const l1l2 = defineRegularizer({
  kind: 'l1l2',
  title: 'L1 and L2',
  doc: 'Adds l1 × Σ|w| + l2 × Σw² to the loss: the elastic net.',
  reference: 'Zou & Hastie 2005; Keras keras/src/regularizers/regularizers.py',
  places: ['weight', 'activity'],
  params: {
    l1: { ...strength('How much each unit of |w| costs.', 0.01), title: 'L1' },
    l2: { ...strength('How much each unit of w² costs.', 0.01), title: 'L2' },
  },
  keras: { class: 'L1L2' },
  // l1 Σ|w| + l2 Σw²
  penalty: ({ g, scalar, value }) =>
    g.Add(g.Mul(scalar('l1'), g.ReduceL1(value, null)), g.Mul(scalar('l2'), g.ReduceSumSquare(value, null))),
})
