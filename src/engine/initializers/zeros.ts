import { defineInitializer } from '../define.ts'
import { sizeOf } from '../graph/graph.ts'

export const zeros = defineInitializer({
  kind: 'zeros',
  title: 'Zeros',
  doc: 'Every weight starts at 0.',
  reference: 'https://keras.io/api/layers/initializers/#zeros-class',
  params: {},
  keras: { class: 'Zeros' },
  fill: ({ shape }) => new Float32Array(sizeOf(shape)),
})
