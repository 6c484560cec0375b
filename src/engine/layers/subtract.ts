import { defineLayer } from '../define.ts'
import { merge } from './merge.ts'

export const subtract = defineLayer({
  kind: 'subtract',
  title: 'Subtract',
  doc: 'Subtracts the second input from the first, number by number.',
  reference: 'https://keras.io/api/layers/merging_layers/subtract/',
  formula: 'y = x₁ − x₂',
  group: 'Merge',
  arity: { min: 2, max: 2 },
  params: {},
  keras: { class: 'Subtract' },
  build: (context) => merge(context, 'subtracts', (a, b) => context.g.Sub(a, b)),
})
