import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { form } from './form.ts'
import { shrink } from './shrink.ts'

export const l1 = defineRegularizer({
  kind: 'l1',
  title: 'L1',
  doc: 'Adds strength × Σ|w| to the loss, which makes weights that help little vanish.',
  reference: 'Tibshirani 1996; Keras keras/src/regularizers/regularizers.py; proximal step: Beck & Teboulle 2009',
  formula:
    'loss + strength · Σ |w|\nproximal, after each update: w ← sign(w) · max(|w| − η · strength, 0), η the step of that weight',
  conventions: {
    keras: 'L1(strength), the gradient form; of the activity also divided by the batch size, as here',
    pytorch: 'Nothing built in: add strength * w.abs().sum() to the loss, which is the gradient form',
    matlab: 'Nothing in trainingOptions: add strength * sum(abs(w), "all") to the loss of a custom training loop',
  },
  places: ['weight', 'activity'],
  params: {
    strength: strength('How much each unit of |w| costs.'),
    form,
  },
  keras: { class: 'L1', arguments: { strength: 'l1' }, without: ['form'] },
  // strength Σ|w|
  penalty: ({ g, scalar, value }) => g.Mul(scalar('strength'), g.ReduceL1(value, null)),
  differentiated: (params) => params.form === 'gradient',
  // w ← sign(w) max(|w| - η strength, 0), η the optimizer's step for that weight
  afterUpdate: ({ g, params, scalar, weight, stepSize }) =>
    params.form === 'proximal' ? shrink(g, weight, g.Mul(stepSize(), scalar('strength'))) : weight,
})
