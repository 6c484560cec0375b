import { defineLayer } from '../define.ts'
import { merge } from './merge.ts'

export const maximum = defineLayer({
  kind: 'maximum',
  title: 'Maximum',
  doc: 'The largest of its inputs, number by number.',
  reference: 'https://keras.io/api/layers/merging_layers/maximum/',
  formula: 'y = max(x₁, x₂, …), element by element',
  group: 'Merge',
  arity: { min: 2, max: Infinity },
  params: {},
  keras: { class: 'Maximum' },
  build: (context) => merge(context, 'takes the maximum of', (a, b) => context.g.Max(a, b)),
})
