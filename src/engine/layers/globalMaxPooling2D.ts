import { defineLayer } from '../define.ts'
import { buildGlobalPooling, globalPoolingParams } from './pooling.ts'

export const globalMaxPooling2D = defineLayer({
  kind: 'globalMaxPooling2D',
  title: 'GlobalMaxPooling2D',
  doc: 'Makes one of all places of an image: the maximum of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/global_max_pooling2d/',
  formula: 'y[c] = maximum of x[i, c] over all places i',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: globalPoolingParams,
  keras: { class: 'GlobalMaxPooling2D', only: { data_format: 'channels_last' } },
  build: (context) => buildGlobalPooling(context, 2, 'GlobalMaxPool'),
})
