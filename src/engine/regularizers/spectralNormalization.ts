import { defineRegularizer } from '../define.ts'
import { normAlong } from './groups.ts'
import { largestImage, powerIterations } from './powerIteration.ts'

export const spectralNormalization = defineRegularizer({
  kind: 'spectralNormalization',
  title: 'Spectral normalization',
  doc: 'The layer uses its weight divided by the largest singular value, so that it lengthens no difference between inputs.',
  reference: 'Miyato et al. 2018, https://arxiv.org/abs/1802.05957; Keras keras.layers.SpectralNormalization',
  formula:
    'v = u Wᵀ / ‖u Wᵀ‖, u ← v W / ‖v W‖, kept from step to step\nσ = v W uᵀ\nthe layer uses W / σ; the gradient goes through σ, not through u and v',
  conventions: {
    keras:
      'keras.layers.SpectralNormalization(layer, power_iterations): it overwrites the kernel by W / σ before each step, without a gradient through σ, and predicts with the kernel as the last update left it',
    pytorch:
      'torch.nn.utils.parametrizations.spectral_norm(layer, n_power_iterations), with the gradient through σ, as here',
    matlab: 'Nothing built in: divide the weights in a custom layer',
  },
  places: ['weight'],
  lasting: true,
  params: { powerIterations },
  // W / σ; a weight of zeros stays as it is
  transform: (context) => {
    const { g, params, weight } = context
    const image = largestImage(context, params.powerIterations)
    const norm = g.Squeeze(normAlong(g, image, [1]), [0, 1])
    return { weight: g.Div(weight, g.Where(g.Greater(norm, g.scalar(0)), norm, g.scalar(1))) }
  },
})
