import { defineLayer } from '../define.ts'
import { shape } from '../params.ts'
import { buildZeroPadding } from './edges.ts'

export const zeroPadding1D = defineLayer({
  kind: 'zeroPadding1D',
  title: 'ZeroPadding1D',
  doc: 'Puts zeros before and after a sequence.',
  reference: 'https://keras.io/api/layers/reshaping_layers/zero_padding1d/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    padding: shape({
      title: 'Padding',
      doc: 'How many steps of zeros come before and after.',
      default: [1, 1],
      min: 0,
      length: 2,
    }),
  },
  keras: { class: 'ZeroPadding1D', only: { data_format: 'channels_last' } },
  build: (context) => buildZeroPadding(context, 1, context.params.padding),
})
