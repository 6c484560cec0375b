import { defineLayer } from '../define.ts'
import { buildTransposedConvolution, transposedConvolutionParams } from './transposedConvolution.ts'

export const conv1DTranspose = defineLayer({
  kind: 'conv1DTranspose',
  title: 'Conv1DTranspose',
  doc: 'Goes the way of a convolution back: each place of the sequence is spread over its surroundings in a larger one.',
  reference: 'Zeiler et al. 2010; https://keras.io/api/layers/convolution_layers/convolution1d_transpose/',
  formula:
    'y[i, m] = activation(Σ x[o, c] · kernel[k, m, c] + bias[m]), over all o, k and c with o · stride + k · dilation − pad = i',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: transposedConvolutionParams(1),
  keras: { class: 'Conv1DTranspose', only: { data_format: 'channels_last' } },
  build: (context) => buildTransposedConvolution(context, 1),
})
