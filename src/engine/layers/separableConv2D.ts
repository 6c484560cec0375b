import { defineLayer } from '../define.ts'
import { buildSeparableConvolution, separableConvolutionParams } from './separableConvolution.ts'

export const separableConv2D = defineLayer({
  kind: 'separableConv2D',
  title: 'SeparableConv2D',
  doc: 'Moves filters over each channel of an image by itself, then mixes the channels place by place.',
  reference:
    'Chollet 2017, https://arxiv.org/abs/1610.02357; https://keras.io/api/layers/convolution_layers/separable_convolution2d/',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: separableConvolutionParams(2),
  keras: { class: 'SeparableConv2D', only: { data_format: 'channels_last' } },
  build: (context) => buildSeparableConvolution(context, 2),
})
