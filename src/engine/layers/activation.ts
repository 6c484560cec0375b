import { activationKinds } from '../activations.ts'
import { defineLayer } from '../define.ts'
import { choice } from '../params.ts'
import { activityParams } from './weights.ts'

export const activation = defineLayer({
  kind: 'activation',
  title: 'Activation',
  doc: 'Applies a function to every number, or one of the softmax family over the last axis.',
  reference: 'https://keras.io/api/layers/core_layers/activation/',
  group: 'Activation',
  arity: { min: 1, max: 1 },
  params: {
    activation: choice({ title: 'Activation', doc: 'The function.', default: 'relu', options: activationKinds }),
    ...activityParams,
  },
  keras: { class: 'Activation' },
  build: ({ params, inputs, activity, activation: apply, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const y = apply(params.activation, x)
    activity(y, params.activityRegularizers)
    return y
  },
})
