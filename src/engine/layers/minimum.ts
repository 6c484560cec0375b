import { defineLayer } from '../define.ts'
import { merge } from './merge.ts'

export const minimum = defineLayer({
  kind: 'minimum',
  title: 'Minimum',
  doc: 'The smallest of its inputs, number by number.',
  reference: 'https://keras.io/api/layers/merging_layers/minimum/',
  formula: 'y = min(x₁, x₂, …), element by element',
  group: 'Merge',
  arity: { min: 2, max: Infinity },
  params: {},
  keras: { class: 'Minimum' },
  build: (context) => merge(context, 'takes the minimum of', (a, b) => context.g.Min(a, b)),
})
