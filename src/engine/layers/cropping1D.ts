import { defineLayer } from '../define.ts'
import { shape } from '../params.ts'
import { buildCropping } from './edges.ts'

export const cropping1D = defineLayer({
  kind: 'cropping1D',
  title: 'Cropping1D',
  doc: 'Cuts steps off both ends of a sequence.',
  reference: 'https://keras.io/api/layers/reshaping_layers/cropping1d/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    cropping: shape({
      title: 'Cropping',
      doc: 'How many steps are cut off at the beginning and at the end.',
      default: [1, 1],
      min: 0,
      length: 2,
    }),
  },
  keras: { class: 'Cropping1D' },
  build: (context) => buildCropping(context, 1, context.params.cropping),
})
