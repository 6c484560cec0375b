import { defineInitializer } from '../define.ts'
import { sizeOf } from '../graph/graph.ts'

export const ones = defineInitializer({
  kind: 'ones',
  title: 'Ones',
  doc: 'Every weight starts at 1.',
  reference: 'https://keras.io/api/layers/initializers/#ones-class',
  params: {},
  keras: { class: 'Ones' },
  fill: ({ shape }) => new Float32Array(sizeOf(shape)).fill(1),
})
