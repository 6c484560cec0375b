import { defineConstraint } from '../define.ts'
import { axes, norms, rescaled } from './norm.ts'

export const unitNorm = defineConstraint({
  kind: 'unitNorm',
  title: 'Unit norm',
  doc: 'Scales every column to norm 1.',
  reference: 'https://keras.io/api/layers/constraints/#unitnorm-class',
  formula: 'w ← w / (10⁻⁷ + ‖w‖), norms over the axes',
  conventions: {
    keras: 'UnitNorm(axis)',
    pytorch:
      'After each step of a Linear: w.copy_(torch.nn.functional.normalize(w, dim=1)); its weight is transposed, so the axis is the other one',
  },
  params: { axis: axes },
  keras: { class: 'UnitNorm' },
  // w ← w / (ε + ‖w‖)
  build: ({ g, params, weight }) => rescaled(g, weight, norms(g, weight, params.axis), g.scalar(1)),
})
