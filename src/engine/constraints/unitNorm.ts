import { defineConstraint } from '../define.ts'
import { axes, norms, rescaled } from './norm.ts'

export const unitNorm = defineConstraint({
  kind: 'unitNorm',
  title: 'Unit norm',
  doc: 'Scales every column to norm 1.',
  reference: 'https://keras.io/api/layers/constraints/#unitnorm-class',
  params: { axis: axes },
  keras: { class: 'UnitNorm' },
  // w ← w / (ε + ‖w‖)
  build: ({ g, params, weight }) => rescaled(g, weight, norms(g, weight, params.axis), g.scalar(1)),
})
