import { defineLayer } from '../define.ts'
import { buildDepthwiseConvolution, depthwiseConvolutionParams } from './depthwiseConvolution.ts'

export const depthwiseConv2D = defineLayer({
  kind: 'depthwiseConv2D',
  title: 'DepthwiseConv2D',
  doc: 'Moves filters over each channel of an image by itself, without mixing the channels.',
  reference:
    'Chollet 2017, https://arxiv.org/abs/1610.02357; https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/',
  formula:
    'y[o, c · n + m] = activation(Σ x[o · stride + k · dilation − pad, c] · kernel[k, c, m] + bias), over k, n the multiplier',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: depthwiseConvolutionParams(2),
  keras: { class: 'DepthwiseConv2D', only: { data_format: 'channels_last' } },
  build: (context) => buildDepthwiseConvolution(context, 2),
})
