import { defineLayer } from '../define.ts'
import { buildSeparableConvolution, separableConvolutionParams } from './separableConvolution.ts'

export const separableConv2D = defineLayer({
  kind: 'separableConv2D',
  title: 'SeparableConv2D',
  doc: 'Moves filters over each channel of an image by itself, then mixes the channels place by place.',
  reference:
    'Chollet 2017, https://arxiv.org/abs/1610.02357; https://keras.io/api/layers/convolution_layers/separable_convolution2d/',
  formula: 'z: as DepthwiseConv2D, without bias\ny[o, m] = activation(Σ z[o, c] · pointwise[c, m] + bias[m]), over c',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: separableConvolutionParams(2),
  keras: { class: 'SeparableConv2D', only: { data_format: 'channels_last' } },
  build: (context) => buildSeparableConvolution(context, 2),
})
