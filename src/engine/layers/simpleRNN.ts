import { defineLayer } from '../define.ts'
import { buildRecurrent, cellParams, recurrentConflict, recurrentForm, sequenceParams } from './recurrent.ts'

export const simpleRNN = defineLayer({
  kind: 'simpleRNN',
  title: 'SimpleRNN',
  doc: 'Reads a sequence step by step: what it puts out depends on the step and on what it put out before.',
  reference: 'Elman 1990; https://keras.io/api/layers/recurrent_layers/simple_rnn/',
  formula: 'hₜ = activation(xₜ · kernel + hₜ₋₁ · recurrentKernel + bias)',
  conventions: {
    keras: 'SimpleRNN(units)',
    pytorch: 'nn.RNN(in, units, batch_first=True), which has two biases that are added',
  },
  group: 'Recurrent',
  arity: { min: 1, max: 1 },
  samples: true,
  params: { ...cellParams, ...sequenceParams },
  keras: { class: 'SimpleRNN', ...recurrentForm },
  conflict: (params) => recurrentConflict(params),
  // h' = activation(x · kernel + bias + h · recurrentKernel)
  build: (context) =>
    buildRecurrent(context, {
      gates: 1,
      masks: 1,
      biases: 1,
      op: { op: 'RNN', gates: [0], activations: [context.params.activation] },
      step: ({ input, before, recurrent }) => ({
        output: context.activation(context.params.activation, before ? recurrent({ added: input }) : input),
      }),
    }),
})
