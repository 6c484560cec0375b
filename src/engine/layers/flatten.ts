import { defineLayer } from '../define.ts'

export const flatten = defineLayer({
  kind: 'flatten',
  title: 'Flatten',
  doc: 'Turns each row into a plain list of numbers.',
  reference: 'https://keras.io/api/layers/reshaping_layers/flatten/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {},
  keras: { class: 'Flatten', only: { data_format: 'channels_last' } },
  build: ({ g, inputs, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (x.shape.length === 1) return g.Unsqueeze(x, [1])
    return x.shape.length === 2 ? x : g.Flatten(x)
  },
})
