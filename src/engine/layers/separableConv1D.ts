import { defineLayer } from '../define.ts'
import { buildSeparableConvolution, separableConvolutionParams } from './separableConvolution.ts'

export const separableConv1D = defineLayer({
  kind: 'separableConv1D',
  title: 'SeparableConv1D',
  doc: 'Moves filters over each channel of a sequence by itself, then mixes the channels place by place.',
  reference:
    'Chollet 2017, https://arxiv.org/abs/1610.02357; https://keras.io/api/layers/convolution_layers/separable_convolution1d/',
  formula: 'z: as DepthwiseConv1D, without bias\ny[o, m] = activation(Σ z[o, c] · pointwise[c, m] + bias[m]), over c',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: separableConvolutionParams(1),
  keras: { class: 'SeparableConv1D', only: { data_format: 'channels_last' } },
  build: (context) => buildSeparableConvolution(context, 1),
})
