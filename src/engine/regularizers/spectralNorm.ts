import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { largestImage, powerIterations } from './powerIteration.ts'

export const spectralNorm = defineRegularizer({
  kind: 'spectralNorm',
  title: 'Spectral norm',
  doc: 'Costs the square of a weight’s largest singular value, which makes the network answer less to small changes of its inputs.',
  reference: 'Yoshida & Miyato 2017, https://arxiv.org/abs/1705.10941',
  formula:
    'loss + ½ · strength · σ(W)²\nσ by power iteration: v = u Wᵀ / ‖u Wᵀ‖, u ← v W / ‖v W‖, kept from step to step; σ = ‖v W‖\nits gradient: strength · σ · vᵀ u',
  conventions: {
    keras: 'Nothing built in: SpectralNormalization divides by σ instead of costing it',
    pytorch: 'Nothing built in: add 0.5 * strength * torch.linalg.matrix_norm(w, 2) ** 2 to the loss',
    matlab: 'Nothing in trainingOptions: add 0.5 * strength * norm(w)^2 to the loss of a custom training loop',
  },
  places: ['weight'],
  params: {
    strength: strength('How much half the square of the largest singular value costs.', 0.01, [1e-4, 0.1]),
    powerIterations,
  },
  // ½ strength ‖v W‖²
  transform: (context) => {
    const { g, params, scalar, weight } = context
    const image = largestImage(context, params.powerIterations)
    return {
      weight,
      penalty: () => g.Mul(g.Mul(scalar('strength'), g.scalar(0.5)), g.ReduceSumSquare(image, null)),
    }
  },
})
