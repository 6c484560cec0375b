import { defineLayer } from '../define.ts'
import { shape } from '../params.ts'
import { buildZeroPadding } from './edges.ts'

export const zeroPadding2D = defineLayer({
  kind: 'zeroPadding2D',
  title: 'ZeroPadding2D',
  doc: 'Puts zeros around an image.',
  reference: 'https://keras.io/api/layers/reshaping_layers/zero_padding2d/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    padding: shape({
      title: 'Padding',
      doc: 'How many zeros come at the top, bottom, left and right.',
      default: [1, 1, 1, 1],
      min: 0,
      length: 4,
    }),
  },
  keras: { class: 'ZeroPadding2D', pairs: ['padding'], only: { data_format: 'channels_last' } },
  build: (context) => buildZeroPadding(context, 2, context.params.padding),
})
