import { defineLayer } from '../define.ts'
import { sizeOf } from '../graph/graph.ts'
import { inverse } from '../ops/layout.ts'
import { numbers } from '../params.ts'
import { axisOf, epsilonParam, scaleOf, scaleParams } from './normalization.ts'

export const layerNormalization = defineLayer({
  kind: 'layerNormalization',
  title: 'Layer normalization',
  doc: 'Gives each row mean 0 and variance 1 over its last axis, or over the axes chosen.',
  reference:
    'Ba et al. 2016, https://arxiv.org/abs/1607.06450; https://keras.io/api/layers/normalization_layers/layer_normalization/',
  formula: 'y = gamma (x − μ) / √(σ² + epsilon) + beta, μ and σ² of each row over the axes',
  conventions: {
    keras: 'LayerNormalization(axis, epsilon)',
    pytorch: 'nn.LayerNorm(sizes of the axes), with eps 1e-5 unless set',
    matlab: 'layerNormalizationLayer, with Epsilon 1e-5; OperationDimension chooses the axes',
  },
  group: 'Normalization',
  arity: { min: 1, max: 1 },
  params: {
    axis: numbers({ title: 'Axes', doc: 'The axes that are normalized together; -1 is the last.', default: [-1] }),
    epsilon: epsilonParam(0.001),
    ...scaleParams,
  },
  keras: { class: 'LayerNormalization', only: { rms_scaling: false } },
  // y = γ (x - μ) / √(σ² + ε) + β, μ and σ² of each row over the axes
  build: (context) => {
    const { g, params, inputs, fail } = context
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (params.axis.length === 0)
      return fail('normalizes no axis; choose one, such as -1', 'axis', { set: { axis: [-1] } })
    // Keras gives the weights the axes as they are written, sorted as numbers.
    const written = params.axis.toSorted((a, b) => a - b).map((axis) => axisOf(context, x, axis))
    const { gamma, beta } = scaleOf(
      context,
      written.map(({ size }) => size),
    )
    const axes = written.map(({ axis }) => axis).toSorted((a, b) => a - b)
    const sizes = axes.map((axis) => sizeOf([x.shape[axis] ?? 1]))
    const perm = [...x.shape.flatMap((_, at) => (axes.includes(at) ? [] : [at])), ...axes]
    const scale = gamma ? g.ReshapeLike(gamma, g.ones(sizes, x.dtype)) : g.ones(sizes, x.dtype)
    const offset = beta && g.ReshapeLike(beta, scale)
    const y = g.LayerNormalization(g.Transpose(x, perm), scale, offset, -axes.length, params.epsilon)
    return g.Transpose(y, inverse(perm))
  },
})
