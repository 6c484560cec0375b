import { defineLayer } from '../define.ts'
import { shape } from '../params.ts'

export const input = defineLayer({
  kind: 'input',
  title: 'Input',
  doc: 'Where the rows of the data enter the network.',
  reference: 'https://keras.io/api/layers/core_layers/input/',
  group: 'Input',
  arity: { min: 0, max: 0 },
  params: {
    shape: shape({
      title: 'Shape',
      doc: 'Sizes of one row, without the batch axis; left empty, one number per feature of the data.',
      default: [],
    }),
  },
  keras: {
    class: 'InputLayer',
    arguments: { shape: 'batch_shape' },
    only: { sparse: false, ragged: false },
    ignored: ['optional'],
  },
  build: ({ inputs, fail }) => inputs[0] ?? fail('has no data to bring in'),
})
