import { defineLayer } from '../define.ts'
import { buildDepthwiseConvolution, depthwiseConvolutionParams } from './depthwiseConvolution.ts'

export const depthwiseConv1D = defineLayer({
  kind: 'depthwiseConv1D',
  title: 'DepthwiseConv1D',
  doc: 'Moves filters over each channel of a sequence by itself, without mixing the channels.',
  reference:
    'Chollet 2017, https://arxiv.org/abs/1610.02357; https://keras.io/api/layers/convolution_layers/depthwise_convolution1d/',
  formula:
    'y[o, c · n + m] = activation(Σ x[o · stride + k · dilation − pad, c] · kernel[k, c, m] + bias), over k, n the multiplier',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: depthwiseConvolutionParams(1),
  keras: { class: 'DepthwiseConv1D', only: { data_format: 'channels_last' } },
  build: (context) => buildDepthwiseConvolution(context, 1),
})
