import { activationKinds } from '../activations.ts'
import { defineLayer } from '../define.ts'
import { choice, flag, integer, regularizers, setting } from '../params.ts'

export const dense = defineLayer({
  kind: 'dense',
  title: 'Dense',
  doc: 'Every unit sees every input: activation(x · kernel + bias).',
  reference: 'https://keras.io/api/layers/core_layers/dense/',
  group: 'Core',
  arity: { min: 1, max: 1 },
  params: {
    units: integer({ title: 'Units', doc: 'How many numbers come out.', default: 32, min: 1, max: 1_000_000 }),
    activation: choice({
      title: 'Activation',
      doc: 'What is applied to each result.',
      default: 'linear',
      options: activationKinds,
    }),
    useBias: flag({ title: 'Bias', doc: 'Add a trained constant to each unit.', default: true }),
    kernelInitializer: setting('initializer', 'glorotUniform', 'Kernel initializer', 'How the kernel starts.'),
    biasInitializer: setting('initializer', 'zeros', 'Bias initializer', 'How the bias starts.'),
    kernelRegularizers: regularizers('weight', 'Kernel regularization', 'What keeps the kernel simple.'),
    biasRegularizers: regularizers('weight', 'Bias regularization', 'What keeps the bias simple.'),
    activityRegularizers: regularizers('activity', 'Activity regularization', 'What keeps the output simple.'),
  },
  build: ({ g, params, inputs, weight, activity, activation, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const features = x.shape.at(-1)
    if (typeof features !== 'number' || x.shape.length < 2) return fail('needs an input with a known last size')
    const kernel = weight('kernel', {
      shape: [features, params.units],
      initializer: params.kernelInitializer,
      regularizers: params.kernelRegularizers,
    })
    const bias = params.useBias
      ? weight('bias', {
          shape: [params.units],
          initializer: params.biasInitializer,
          regularizers: params.biasRegularizers,
        })
      : null
    const matrix = x.shape.length === 2
    const product = matrix ? g.Gemm(x, kernel, bias) : g.MatMul(x, kernel)
    const y = activation(params.activation, bias && !matrix ? g.Add(product, bias) : product)
    activity(y, params.activityRegularizers)
    return y
  },
})
