import { defineLayer } from '../define.ts'
import { buildPooling, poolingParams } from './pooling.ts'

export const maxPooling1D = defineLayer({
  kind: 'maxPooling1D',
  title: 'MaxPooling1D',
  doc: 'Makes one of several neighbouring steps of a sequence: the maximum of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/max_pooling1d/',
  formula: 'y[o, c] = maximum of x[o · stride + k − pad, c] over the places k of the window',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: poolingParams(1),
  keras: { class: 'MaxPooling1D', only: { data_format: 'channels_last' } },
  build: (context) => buildPooling(context, 1, 'MaxPool'),
})
