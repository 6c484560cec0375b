import { defineLayer } from '../define.ts'
import { numbers } from '../params.ts'
import { axisOf, epsilonParam } from './normalization.ts'

export const rmsNormalization = defineLayer({
  kind: 'rmsNormalization',
  title: 'RMS normalization',
  doc: 'Gives each row a mean square of 1 over its last axis, or over the last axes.',
  reference:
    'Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467; https://keras.io/api/layers/normalization_layers/rms_normalization/',
  formula: 'y = scale · x / √(mean of x² + epsilon), over the last axes',
  conventions: {
    keras: 'RMSNormalization(axis, epsilon)',
    pytorch: 'nn.RMSNorm(sizes of the axes), whose eps is that of the number format (1.2e-7) unless set',
  },
  group: 'Normalization',
  arity: { min: 1, max: 1 },
  params: {
    axis: numbers({
      title: 'Axes',
      doc: 'The last axes, which are normalized together; -1 is the last.',
      default: [-1],
    }),
    epsilon: epsilonParam(1e-6),
  },
  keras: { class: 'RMSNormalization' },
  // y = scale x / √(mean x² + ε)
  build: (context) => {
    const { g, params, inputs, weight, fail } = context
    const [x] = inputs
    if (!x) return fail('needs an input')
    const axes = params.axis.map((axis) => axisOf(context, x, axis)).toSorted((a, b) => a.axis - b.axis)
    if (axes.length === 0 || axes.some(({ axis }, index) => axis !== x.shape.length - axes.length + index))
      return fail(`normalizes axes ${params.axis.join(', ')}; choose the last ones, such as -1`, 'axis', {
        set: { axis: [-1] },
      })
    const scale = weight('scale', {
      shape: axes.map(({ size }) => size),
      initializer: { kind: 'ones', params: {} },
    })
    const square = g.ReduceMean(
      g.Mul(x, x),
      axes.map(({ axis }) => axis),
      true,
    )
    return g.Mul(g.Div(x, g.Sqrt(g.Add(square, g.scalar(params.epsilon)))), scale)
  },
})
