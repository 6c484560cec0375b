import { defineLayer } from '../define.ts'
import { number } from '../params.ts'

export const leakyRelu = defineLayer({
  kind: 'leakyRelu',
  title: 'LeakyReLU',
  doc: 'Passes numbers above 0 on, and the others times a small slope.',
  reference: 'Maas et al. 2013; https://keras.io/api/layers/activation_layers/leaky_relu/',
  formula: 'y = x where x > 0, else negativeSlope · x',
  group: 'Activation',
  arity: { min: 1, max: 1 },
  params: {
    negativeSlope: number({ title: 'Negative slope', doc: 'How steep it is below 0.', default: 0.3, min: 0 }),
  },
  keras: { class: 'LeakyReLU' },
  // x > 0 ? x : negativeSlope · x
  build: ({ g, params, inputs, fail }) => {
    const [x] = inputs
    return x ? g.LeakyRelu(x, params.negativeSlope) : fail('needs an input')
  },
})
