import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { apart, matrixOf, overlaps } from './gram.ts'

export const softOrthogonal = defineRegularizer({
  kind: 'softOrthogonal',
  title: 'Soft orthogonality',
  doc: 'Costs the squared scalar products of different units’ weights, which keeps them apart but leaves their lengths free.',
  reference: 'Brock et al. 2019, equation 3, https://arxiv.org/abs/1809.11096',
  formula:
    'loss + strength · ‖WᵀW ⊙ (1 − I)‖²_F = loss + strength · Σ_{i≠j} (wᵢ · wⱼ)², wᵢ the weights that enter unit i',
  conventions: {
    keras:
      'Nothing built in: OrthogonalRegularizer costs |cosines| instead of squared products, which is Orthogonality here',
    pytorch:
      'Nothing built in: BigGAN’s own code adds 2 · strength · (W Wᵀ ⊙ (1 − I)) W to the gradient, half of this cost’s (PyTorch’s rows are units)',
    matlab: 'Nothing in trainingOptions: add it to the loss of a custom training loop',
  },
  places: ['weight'],
  params: {
    strength: strength('How much each squared product of two of them costs.', 1e-4, [1e-6, 0.01]),
    mode: apart('columns'),
  },
  // strength Σ (wᵢ · wⱼ)² over i ≠ j
  penalty: ({ g, params, scalar, value }) =>
    g.Mul(scalar('strength'), g.ReduceSumSquare(overlaps(g, matrixOf(g, value), params.mode), null)),
})
