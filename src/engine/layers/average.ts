import { defineLayer } from '../define.ts'
import { merge } from './merge.ts'

export const average = defineLayer({
  kind: 'average',
  title: 'Average',
  doc: 'The mean of its inputs, number by number.',
  reference: 'https://keras.io/api/layers/merging_layers/average/',
  formula: 'y = (x₁ + … + xₙ) / n',
  group: 'Merge',
  arity: { min: 2, max: Infinity },
  params: {},
  keras: { class: 'Average' },
  build: (context) => {
    const { g, inputs } = context
    return g.Div(
      merge(context, 'averages', (a, b) => g.Add(a, b)),
      g.scalar(inputs.length),
    )
  },
})
