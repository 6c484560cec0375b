import { defineLayer } from '../define.ts'
import { buildConvolution, convolutionParams } from './convolution.ts'
import { paddingParam } from './window.ts'

export const conv2D = defineLayer({
  kind: 'conv2D',
  title: 'Conv2D',
  doc: 'Moves filters over an image: each place becomes what its surroundings match.',
  reference: 'LeCun et al. 1989; https://keras.io/api/layers/convolution_layers/convolution2d/',
  formula:
    'y[o, m] = activation(Σ x[o · stride + k · dilation − pad, c] · kernel[k, c, m] + bias[m]), over k and c\no and k are pairs of row and column',
  conventions: {
    keras: 'Conv2D(filters, kernel_size, padding)',
    pytorch: 'nn.Conv2d(in, filters, kernel_size), channels first; its padding="same" pads as much before as after',
    matlab: 'convolution2dLayer(kernelSize, filters, Padding="same")',
  },
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: { ...convolutionParams(2), padding: paddingParam },
  keras: { class: 'Conv2D', only: { data_format: 'channels_last' } },
  build: (context) => buildConvolution(context, 2),
})
