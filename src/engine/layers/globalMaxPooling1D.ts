import { defineLayer } from '../define.ts'
import { buildGlobalPooling, globalPoolingParams } from './pooling.ts'

export const globalMaxPooling1D = defineLayer({
  kind: 'globalMaxPooling1D',
  title: 'GlobalMaxPooling1D',
  doc: 'Makes one of all steps of a sequence: the maximum of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/global_max_pooling1d/',
  formula: 'y[c] = maximum of x[i, c] over all places i',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: globalPoolingParams,
  keras: { class: 'GlobalMaxPooling1D', only: { data_format: 'channels_last' } },
  build: (context) => buildGlobalPooling(context, 1, 'GlobalMaxPool'),
})
