import { defineLayer } from '../define.ts'
import { choice } from '../params.ts'
import { buildConvolution, convolutionParams } from './convolution.ts'

export const conv1D = defineLayer({
  kind: 'conv1D',
  title: 'Conv1D',
  doc: 'Moves filters over the steps of a sequence: each step becomes what its surroundings match.',
  reference: 'LeCun et al. 1989; https://keras.io/api/layers/convolution_layers/convolution1d/',
  formula: 'y[o, m] = activation(Σ x[o · stride + k · dilation − pad, c] · kernel[k, c, m] + bias[m]), over k and c',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: {
    ...convolutionParams(1),
    padding: choice({
      title: 'Padding',
      doc: 'Whether the window stays inside (valid), zeros around the input let every step have one (same), or no step sees a later one (causal).',
      default: 'valid',
      options: ['valid', 'same', 'causal'],
    }),
  },
  keras: { class: 'Conv1D', only: { data_format: 'channels_last' } },
  build: (context) => buildConvolution(context, 1),
})
