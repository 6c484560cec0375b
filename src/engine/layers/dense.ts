import { activationKinds } from '../activations.ts'
import { defineLayer } from '../define.ts'
import { choice, flag, integer } from '../params.ts'
import { linear } from './linear.ts'
import { activityParams, biasParams, kernelParams } from './weights.ts'

export const dense = defineLayer({
  kind: 'dense',
  title: 'Dense',
  doc: 'Every unit sees every input: activation(x · kernel + bias).',
  reference: 'https://keras.io/api/layers/core_layers/dense/',
  formula: 'y = activation(x · kernel + bias)',
  conventions: {
    keras: 'Dense(units, activation)',
    pytorch: 'nn.Linear(in, units), whose weight is transposed and starts otherwise (Kaiming uniform with a = √5)',
    matlab: 'fullyConnectedLayer(units)',
  },
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
    ...kernelParams,
    ...biasParams,
    ...activityParams,
  },
  keras: { class: 'Dense', only: { lora_rank: null, quantization_config: null }, ignored: ['lora_alpha'] },
  build: ({ g, params, inputs, weight, activity, activation, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const features = x.shape.at(-1)
    if (typeof features !== 'number' || x.shape.length < 2) return fail('needs an input with a known last size')
    const kernel = weight('kernel', {
      shape: [features, params.units],
      initializer: params.kernelInitializer,
      regularizers: params.kernelRegularizers,
      constraints: params.kernelConstraints,
    })
    const bias = params.useBias
      ? weight('bias', {
          shape: [params.units],
          initializer: params.biasInitializer,
          regularizers: params.biasRegularizers,
          constraints: params.biasConstraints,
        })
      : null
    const y = activation(params.activation, linear(g, x, kernel, bias))
    activity(y, params.activityRegularizers)
    return y
  },
})
