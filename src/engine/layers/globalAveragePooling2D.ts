import { defineLayer } from '../define.ts'
import { buildGlobalPooling, globalPoolingParams } from './pooling.ts'

export const globalAveragePooling2D = defineLayer({
  kind: 'globalAveragePooling2D',
  title: 'GlobalAveragePooling2D',
  doc: 'Makes one of all places of an image: the average of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/global_average_pooling2d/',
  formula: 'y[c] = mean of x[i, c] over all places i',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: globalPoolingParams,
  keras: { class: 'GlobalAveragePooling2D', only: { data_format: 'channels_last' } },
  build: (context) => buildGlobalPooling(context, 2, 'GlobalAveragePool'),
})
