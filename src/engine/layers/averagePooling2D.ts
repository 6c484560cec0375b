import { defineLayer } from '../define.ts'
import { buildPooling, poolingParams } from './pooling.ts'

export const averagePooling2D = defineLayer({
  kind: 'averagePooling2D',
  title: 'AveragePooling2D',
  doc: 'Makes one of several neighbouring places of an image: the average of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/average_pooling2d/',
  formula: 'y[o, c] = mean of x[o · stride + k − pad, c] over the places k of the window, padding not counted',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: poolingParams(2),
  keras: { class: 'AveragePooling2D', only: { data_format: 'channels_last' } },
  build: (context) => buildPooling(context, 2, 'AveragePool'),
})
