import { defineRegularizer } from '../define.ts'
import { limit } from './limit.ts'

export const clipGlobalNorm = defineRegularizer({
  kind: 'clipGlobalNorm',
  title: 'Clip global gradient norm',
  doc: 'Scales all gradients down together when their common norm exceeds the limit, which keeps their direction.',
  reference: 'Pascanu et al. 2013, https://arxiv.org/abs/1211.5063; Keras global_clipnorm',
  formula: 'G = √(Σ ‖g‖²) over all weights\ng ← g · limit / max(G, limit)',
  conventions: {
    keras: 'global_clipnorm=limit of any optimizer',
    pytorch: 'torch.nn.utils.clip_grad_norm_(model.parameters(), limit); it divides by G + 10⁻⁶',
    matlab: 'GradientThreshold=limit with GradientThresholdMethod="global-l2norm"',
  },
  places: ['training'],
  params: { limit: limit('Largest norm of all gradients together.') },
  // g ← g c / max(√Σ‖g‖², c)
  gradients: ({ g, scalar, gradients }) => {
    if (gradients.length === 0) return gradients
    const squares = gradients.map((gradient) => g.ReduceSumSquare(gradient, null))
    const norm = g.Sqrt(squares.reduce((sum, square) => g.Add(sum, square)))
    const scale = g.Div(scalar('limit'), g.Max(norm, scalar('limit')))
    return gradients.map((gradient) => g.Mul(gradient, scale))
  },
})
