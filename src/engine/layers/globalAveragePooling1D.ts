import { defineLayer } from '../define.ts'
import { buildGlobalPooling, globalPoolingParams } from './pooling.ts'

export const globalAveragePooling1D = defineLayer({
  kind: 'globalAveragePooling1D',
  title: 'GlobalAveragePooling1D',
  doc: 'Makes one of all steps of a sequence: the average of each channel.',
  reference: 'https://keras.io/api/layers/pooling_layers/global_average_pooling1d/',
  formula: 'y[c] = mean of x[i, c] over all places i',
  group: 'Pooling',
  arity: { min: 1, max: 1 },
  params: globalPoolingParams,
  keras: { class: 'GlobalAveragePooling1D', only: { data_format: 'channels_last' } },
  build: (context) => buildGlobalPooling(context, 1, 'GlobalAveragePool'),
})
