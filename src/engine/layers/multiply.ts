import { defineLayer } from '../define.ts'
import { merge } from './merge.ts'

export const multiply = defineLayer({
  kind: 'multiply',
  title: 'Multiply',
  doc: 'Multiplies its inputs, number by number.',
  reference: 'https://keras.io/api/layers/merging_layers/multiply/',
  formula: 'y = x₁ · x₂ · …, element by element',
  group: 'Merge',
  arity: { min: 2, max: Infinity },
  params: {},
  keras: { class: 'Multiply' },
  build: (context) => merge(context, 'multiplies', (a, b) => context.g.Mul(a, b)),
})
