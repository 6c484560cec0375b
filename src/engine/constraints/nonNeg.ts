import { defineConstraint } from '../define.ts'

export const nonNeg = defineConstraint({
  kind: 'nonNeg',
  title: 'Non-negative',
  doc: 'Sets every weight below 0 to 0.',
  reference: 'https://keras.io/api/layers/constraints/#nonneg-class',
  formula: 'w ← max(w, 0)',
  conventions: {
    keras: 'NonNeg()',
    pytorch: 'After each step: w.clamp_(min=0), under torch.no_grad()',
  },
  params: {},
  keras: { class: 'NonNeg' },
  // w ← max(w, 0)
  build: ({ g, weight }) => g.Max(weight, g.scalar(0)),
})
