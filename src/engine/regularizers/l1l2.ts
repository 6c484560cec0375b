import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { form } from './form.ts'
import { shrink } from './shrink.ts'

export const l1l2 = defineRegularizer({
  kind: 'l1l2',
  title: 'L1 and L2',
  doc: 'Adds l1 × Σ|w| + l2 × Σw² to the loss: the elastic net.',
  reference:
    'Zou & Hastie 2005; Keras keras/src/regularizers/regularizers.py; proximal step: Parikh & Boyd 2014, section 6.5.3',
  formula:
    'loss + l1 · Σ |w| + l2 · Σ w²\nproximal, after each update: w ← sign(w) · max(|w| − η · l1, 0) / (1 + 2 · η · l2), η the step of that weight',
  conventions: {
    keras: 'L1L2(l1, l2); its arguments are 0 when left out, here they are 0.01',
    pytorch: 'l1 * w.abs().sum() added to the loss, and weight_decay=2 * l2',
    matlab: 'L2Regularization=2*l2 for the second part; the first one needs a custom training loop',
  },
  places: ['weight', 'activity'],
  params: {
    l1: { ...strength('How much each unit of |w| costs.', 0.01), title: 'L1' },
    l2: { ...strength('How much each unit of w² costs.', 0.01), title: 'L2' },
    form,
  },
  keras: { class: 'L1L2', without: ['form'] },
  // l1 Σ|w| + l2 Σw²
  penalty: ({ g, scalar, value }) =>
    g.Add(g.Mul(scalar('l1'), g.ReduceL1(value, null)), g.Mul(scalar('l2'), g.ReduceSumSquare(value, null))),
  differentiated: (params) => params.form === 'gradient',
  // w ← sign(w) max(|w| - η l1, 0) / (1 + 2 η l2), η the optimizer's step for that weight
  afterUpdate: ({ g, params, scalar, weight, stepSize }) => {
    if (params.form === 'gradient') return weight
    const shrunk = shrink(g, weight, g.Mul(stepSize(), scalar('l1')))
    const twice = g.Mul(g.Mul(stepSize(), scalar('l2')), g.scalar(2))
    return g.Div(shrunk, g.Add(twice, g.scalar(1)))
  },
})
