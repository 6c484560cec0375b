import { defineLayer } from '../define.ts'
import { number, optional } from '../params.ts'

export const relu = defineLayer({
  kind: 'relu',
  title: 'ReLU',
  doc: 'Passes numbers above a threshold on, up to a limit, and the others times a slope.',
  reference: 'https://keras.io/api/layers/activation_layers/relu/',
  formula: 'y = min(x, maxValue) where x > threshold, else negativeSlope · (x − threshold)',
  group: 'Activation',
  arity: { min: 1, max: 1 },
  params: {
    maxValue: optional({
      title: 'Largest value',
      doc: 'What larger numbers become.',
      default: null,
      min: 0,
      none: 'no limit',
    }),
    negativeSlope: number({
      title: 'Negative slope',
      doc: 'How steeply it goes on below the threshold.',
      default: 0,
      min: 0,
    }),
    threshold: number({ title: 'Threshold', doc: 'Numbers up to here are not passed on.', default: 0, min: 0 }),
  },
  keras: { class: 'ReLU' },
  // x > threshold ? min(x, maxValue) : negativeSlope · (x - threshold)
  build: ({ g, params, inputs, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const { maxValue, negativeSlope, threshold } = params
    const limit = g.scalar(threshold)
    const above = threshold === 0 ? g.Relu(x) : g.Where(g.Greater(x, limit), x, g.scalar(0))
    const limited = maxValue === null ? above : g.Clip(above, null, g.scalar(maxValue))
    if (negativeSlope === 0) return limited
    return g.Sub(limited, g.Mul(g.Relu(g.Sub(limit, x)), g.scalar(negativeSlope)))
  },
})
