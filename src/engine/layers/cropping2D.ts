import { defineLayer } from '../define.ts'
import { shape } from '../params.ts'
import { buildCropping } from './edges.ts'

export const cropping2D = defineLayer({
  kind: 'cropping2D',
  title: 'Cropping2D',
  doc: 'Cuts places off the edges of an image.',
  reference: 'https://keras.io/api/layers/reshaping_layers/cropping2d/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    cropping: shape({
      title: 'Cropping',
      doc: 'How many places are cut off at the top, bottom, left and right.',
      default: [0, 0, 0, 0],
      min: 0,
      length: 4,
    }),
  },
  keras: { class: 'Cropping2D', pairs: ['cropping'], only: { data_format: 'channels_last' } },
  build: (context) => buildCropping(context, 2, context.params.cropping),
})
