import { defineLayer } from '../define.ts'
import { buildPooling, poolingParams } from './pooling.ts'

export const maxPooling2D = defineLayer({
  kind: 'maxPooling2D',
  title: 'MaxPooling2D',
  doc: 'Makes one of several neighbouring places of an image: the maximum of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/max_pooling2d/',
  formula: 'y[o, c] = maximum of x[o · stride + k − pad, c] over the places k of the window',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: poolingParams(2),
  keras: { class: 'MaxPooling2D', only: { data_format: 'channels_last' } },
  build: (context) => buildPooling(context, 2, 'MaxPool'),
})
