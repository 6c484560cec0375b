import { defineInitializer } from '../define.ts'
import { sizeOf } from '../graph/graph.ts'
import { number } from '../params.ts'

export const identity = defineInitializer({
  kind: 'identity',
  title: 'Identity',
  doc: 'Passes the input on: the diagonal of a matrix, or the middle of a convolution, starts at the gain and the rest at 0.',
  reference:
    'Le et al. 2015, https://arxiv.org/abs/1504.00941; https://keras.io/api/layers/initializers/#identity-class',
  formula: 'w = gain · I, in the middle of a convolution',
  params: { gain: number({ title: 'Gain', doc: 'What the input is multiplied by.', default: 1 }) },
  keras: { class: 'Identity' },
  // w[middle, i, i] = gain, where the middle of an even size is the one after the half; a vector is a diagonal by itself
  fill: ({ shape }, { gain }) => {
    const weight = new Float32Array(sizeOf(shape))
    if (shape.length < 2) return weight.fill(gain)
    const [rows = 1, columns = 1] = shape.slice(-2)
    const middle = shape.slice(0, -2).reduce((index, size) => index * size + Math.floor(size / 2), 0)
    for (let each = 0; each < Math.min(rows, columns); each++) weight[(middle * rows + each) * columns + each] = gain
    return weight
  },
})
