import { defineRegularizer } from '../define.ts'
import { choice, strength } from '../params.ts'
import { shrink } from './shrink.ts'

export const l1 = defineRegularizer({
  kind: 'l1',
  title: 'L1',
  doc: 'Adds strength × Σ|w| to the loss, which makes weights that help little vanish.',
  reference: 'Tibshirani 1996; Keras keras/src/regularizers/regularizers.py; proximal step: Beck & Teboulle 2009',
  places: ['weight', 'activity'],
  params: {
    strength: strength('How much each unit of |w| costs.'),
    form: choice({
      title: 'Form',
      doc: 'As a gradient, as Keras does, weights hover near zero; as a proximal step after each update, they become exactly zero.',
      default: 'gradient',
      options: ['gradient', 'proximal'],
    }),
  },
  keras: { class: 'L1', arguments: { strength: 'l1' }, without: ['form'] },
  // strength Σ|w|
  penalty: ({ g, scalar, value }) => g.Mul(scalar('strength'), g.ReduceL1(value, null)),
  differentiated: ({ form }) => form === 'gradient',
  // w ← sign(w) max(|w| - η strength, 0), η the optimizer's step for that weight
  afterUpdate: ({ g, params, scalar, weight, stepSize }) =>
    params.form === 'proximal' ? shrink(g, weight, g.Mul(stepSize(), scalar('strength'))) : weight,
})
