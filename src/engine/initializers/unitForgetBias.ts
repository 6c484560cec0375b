import { defineInitializer } from '../define.ts'
import { sizeOf } from '../graph/graph.ts'

export const unitForgetBias = defineInitializer({
  kind: 'unitForgetBias',
  title: 'Ones for the forget gate',
  doc: 'Ones in the second quarter and zeros elsewhere: the bias of an LSTM that at first forgets nothing.',
  reference: 'Jozefowicz et al. 2015, http://proceedings.mlr.press/v37/jozefowicz15.pdf',
  params: {},
  fill: ({ shape }) => {
    const size = sizeOf(shape)
    return Float32Array.from({ length: size }, (_, index) => (index * 4 >= size && index * 2 < size ? 1 : 0))
  },
})
