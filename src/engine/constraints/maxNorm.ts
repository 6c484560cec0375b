import { defineConstraint } from '../define.ts'
import { number } from '../params.ts'
import { axes, norms, rescaled } from './norm.ts'

export const maxNorm = defineConstraint({
  kind: 'maxNorm',
  title: 'Max norm',
  doc: 'Scales down every column whose norm exceeds the limit.',
  reference: 'Srivastava et al. 2014; https://keras.io/api/layers/constraints/#maxnorm-class',
  formula: 'w ← w · min(‖w‖, limit) / (10⁻⁷ + ‖w‖), norms over the axes',
  conventions: {
    keras: 'MaxNorm(limit, axis)',
    pytorch:
      'After each step of a Linear: w.copy_(torch.renorm(w, 2, 0, limit)); its weight is transposed, so the axis is the other one',
  },
  params: {
    limit: number({ title: 'Limit', doc: 'The largest norm.', default: 2, min: 0, sensible: [1, 4] }),
    axis: axes,
  },
  keras: { class: 'MaxNorm', arguments: { limit: 'max_value' } },
  // w ← w · min(‖w‖, c) / (ε + ‖w‖)
  build: ({ g, params, scalar, weight }) => {
    const norm = norms(g, weight, params.axis)
    return rescaled(g, weight, norm, g.Min(norm, scalar('limit')))
  },
})
