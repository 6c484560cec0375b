import { defineConstraint } from '../define.ts'

export const nonNeg = defineConstraint({
  kind: 'nonNeg',
  title: 'Non-negative',
  doc: 'Sets every weight below 0 to 0.',
  reference: 'https://keras.io/api/layers/constraints/#nonneg-class',
  params: {},
  keras: { class: 'NonNeg' },
  // w ← max(w, 0)
  build: ({ g, weight }) => g.Max(weight, g.scalar(0)),
})
