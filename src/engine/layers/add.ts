import { defineLayer } from '../define.ts'
import { merge } from './merge.ts'

export const add = defineLayer({
  kind: 'add',
  title: 'Add',
  doc: 'Adds its inputs, number by number.',
  reference: 'https://keras.io/api/layers/merging_layers/add/',
  formula: 'y = x₁ + x₂ + …',
  group: 'Merge',
  arity: { min: 2, max: Infinity },
  params: {},
  keras: { class: 'Add' },
  build: (context) => merge(context, 'adds', (a, b) => context.g.Add(a, b)),
})
