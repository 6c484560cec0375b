import { defineRegularizer } from '../define.ts'
import { limit } from './limit.ts'

export const clipNorm = defineRegularizer({
  kind: 'clipNorm',
  title: 'Clip gradient norm',
  doc: 'Scales down the gradient of each weight tensor whose norm exceeds the limit.',
  reference: 'Pascanu et al. 2013, https://arxiv.org/abs/1211.5063; Keras clipnorm',
  formula: 'for each weight: g ← g · limit / max(‖g‖, limit)',
  conventions: {
    keras: 'clipnorm=limit of any optimizer',
    pytorch: 'torch.nn.utils.clip_grad_norm_([w], limit) for each weight w by itself; it divides by ‖g‖ + 10⁻⁶',
    matlab: 'GradientThreshold=limit with GradientThresholdMethod="l2norm"',
  },
  places: ['training'],
  params: { limit: limit('Largest norm of one tensor’s gradient.') },
  // g ← g c / max(‖g‖, c)
  gradients: ({ g, scalar, gradients }) =>
    gradients.map((gradient) => {
      const norm = g.Sqrt(g.ReduceSumSquare(gradient, null))
      return g.Mul(gradient, g.Div(scalar('limit'), g.Max(norm, scalar('limit'))))
    }),
})
