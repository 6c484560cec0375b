import { defineLayer } from '../define.ts'
import { formatShape } from '../graph/graph.ts'
import { shape } from '../params.ts'

export const permute = defineLayer({
  kind: 'permute',
  title: 'Permute',
  doc: 'Puts the axes of each row in another order.',
  reference: 'https://keras.io/api/layers/reshaping_layers/permute/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    dims: shape({
      title: 'Order',
      doc: 'Where each axis comes from, counted from 1: 2, 1 exchanges two.',
      default: [2, 1],
    }),
  },
  keras: { class: 'Permute' },
  build: ({ g, params, inputs, from, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const { dims } = params
    const axes = Array.from({ length: x.shape.length - 1 }, (_, index) => index + 1)
    if (dims.length !== axes.length || axes.some((axis) => !dims.includes(axis)))
      return fail(
        `puts axes in the order ${dims.join(', ')}, but ${from[0] ?? 'its input'} gives ${formatShape(x.shape)}; name each of ${axes.join(', ')} once`,
        'dims',
        { set: { dims: [...new Set([...dims.filter((axis) => axes.includes(axis)), ...axes])] } },
      )
    return g.Transpose(x, [0, ...dims])
  },
})
