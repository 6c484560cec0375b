import { defineLayer } from '../define.ts'
import { buildPooling, poolingParams } from './pooling.ts'

export const averagePooling1D = defineLayer({
  kind: 'averagePooling1D',
  title: 'AveragePooling1D',
  doc: 'Makes one of several neighbouring steps of a sequence: the average of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/average_pooling1d/',
  formula: 'y[o, c] = mean of x[o · stride + k − pad, c] over the places k of the window, padding not counted',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: poolingParams(1),
  keras: { class: 'AveragePooling1D', only: { data_format: 'channels_last' } },
  build: (context) => buildPooling(context, 1, 'AveragePool'),
})
