import { defineLayer } from '../define.ts'
import { buildTransposedConvolution, transposedConvolutionParams } from './transposedConvolution.ts'

export const conv2DTranspose = defineLayer({
  kind: 'conv2DTranspose',
  title: 'Conv2DTranspose',
  doc: 'Goes the way of a convolution back: each place of the image is spread over its surroundings in a larger one.',
  reference: 'Zeiler et al. 2010; https://keras.io/api/layers/convolution_layers/convolution2d_transpose/',
  formula:
    'y[i, m] = activation(Σ x[o, c] · kernel[k, m, c] + bias[m]), over all o, k and c with o · stride + k · dilation − pad = i',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: transposedConvolutionParams(2),
  keras: { class: 'Conv2DTranspose', only: { data_format: 'channels_last' } },
  build: (context) => buildTransposedConvolution(context, 2),
})
