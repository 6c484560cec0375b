import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { form } from './form.ts'
import { grouping, groupNorm } from './groups.ts'
import { groupShrink } from './groupShrink.ts'
import { shrink } from './shrink.ts'

export const sparseGroupLasso = defineRegularizer({
  kind: 'sparseGroupLasso',
  title: 'Sparse group lasso',
  doc: 'Costs single weights and whole groups of them: units vanish, and of those that stay, weights that help little.',
  reference: 'Simon et al. 2013, https://doi.org/10.1080/10618600.2012.681250',
  formula:
    'loss + l1 · Σ |w| + group · Σ √p ‖w_g‖₂ over all groups g of p weights\nproximal, after each update: u ← sign(w) · max(|w| − η · l1, 0), then w_g ← u_g · max(0, 1 − η · group · √p / ‖u_g‖₂), η the step (one for each weight: as group lasso says)',
  conventions: {
    keras: 'Nothing built in: L1 and a Regularizer of your own for the groups give the gradient form',
    pytorch: 'Nothing built in: add l1 * w.abs().sum() + group * p ** 0.5 * w.norm(dim=1).sum() to the loss',
    matlab: 'Nothing in trainingOptions: add it to the loss of a custom training loop',
  },
  places: ['weight'],
  params: {
    l1: {
      ...strength('How much each unit of |w| costs; α λ in the paper.', 0.001, [1e-5, 0.01]),
      title: 'Single weights',
    },
    group: {
      ...strength('How much each unit of √p ‖w‖ of a group costs; (1 − α) λ in the paper.', 0.001, [1e-5, 0.01]),
      title: 'Whole groups',
    },
    groups: grouping,
    form,
  },
  // l1 Σ|w| + group Σ √p ‖w_g‖₂
  penalty: ({ g, params, scalar, value }) =>
    g.Add(g.Mul(scalar('l1'), g.ReduceL1(value, null)), g.Mul(scalar('group'), groupNorm(g, value, params.groups))),
  differentiated: (params) => params.form === 'gradient',
  // Both proximal steps, single weights first: together the minimum of ½ Σ (wᵢ - vᵢ)² / ηᵢ + l1 Σ|w| + group Σ √p ‖w_g‖₂.
  afterUpdate: ({ g, params, scalar, weight, stepSize }) =>
    params.form === 'proximal'
      ? groupShrink(g, shrink(g, weight, g.Mul(stepSize(), scalar('l1'))), params.groups, stepSize(), scalar('group'))
      : weight,
})
