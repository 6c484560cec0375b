import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { form } from './form.ts'
import { grouping, groupNorm } from './groups.ts'
import { groupShrink } from './groupShrink.ts'

export const groupLasso = defineRegularizer({
  kind: 'groupLasso',
  title: 'Group lasso',
  doc: 'Costs the norm of all weights of a unit (or of an input) together, which makes whole units vanish instead of single weights.',
  reference:
    'Yuan & Lin 2006, https://doi.org/10.1111/j.1467-9868.2005.00532.x; for networks: Scardapane et al. 2017, https://arxiv.org/abs/1607.00485',
  formula:
    'loss + strength · Σ √p ‖w_g‖₂ over all groups g of p weights\nproximal, after each update: w_g ← w_g · max(0, 1 − η · strength · √p / ‖w_g‖₂), η the step\nwhere every weight has a step of its own: wᵢ ← wᵢ s / (s + ηᵢ · strength · √p), s = ‖w_g‖₂ after the step; 0 where √Σ (wᵢ / ηᵢ)² ≤ strength · √p',
  conventions: {
    keras:
      'Nothing built in: a Regularizer of your own that sums keras.ops.norm over the groups is the gradient form, without exact zeros',
    pytorch:
      'Nothing built in: add strength * p ** 0.5 * w.norm(dim=1).sum() to the loss (PyTorch’s rows are units), which is the gradient form',
    matlab: 'Nothing in trainingOptions: add it to the loss of a custom training loop',
  },
  places: ['weight'],
  params: {
    strength: strength('How much each unit of √p ‖w‖ of a group costs.', 0.001, [1e-5, 0.01]),
    groups: grouping,
    form,
  },
  // strength Σ √p ‖w_g‖₂
  penalty: ({ g, params, scalar, value }) => g.Mul(scalar('strength'), groupNorm(g, value, params.groups)),
  differentiated: (params) => params.form === 'gradient',
  // w ← the minimum of ½ Σ (wᵢ - vᵢ)² / ηᵢ + strength Σ √p ‖w_g‖₂, η the optimizer's steps
  afterUpdate: ({ g, params, scalar, weight, stepSize }) =>
    params.form === 'proximal' ? groupShrink(g, weight, params.groups, stepSize(), scalar('strength')) : weight,
})
