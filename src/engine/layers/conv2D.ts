import { defineLayer } from '../define.ts'
import { buildConvolution, convolutionParams } from './convolution.ts'
import { paddingParam } from './window.ts'

export const conv2D = defineLayer({
  kind: 'conv2D',
  title: 'Conv2D',
  doc: 'Moves filters over an image: each place becomes what its surroundings match.',
  reference: 'LeCun et al. 1989; https://keras.io/api/layers/convolution_layers/convolution2d/',
  group: 'Convolution',
  arity: { min: 1, max: 1 },
  params: { ...convolutionParams(2), padding: paddingParam },
  keras: { class: 'Conv2D', only: { data_format: 'channels_last' } },
  build: (context) => buildConvolution(context, 2),
})
