import { defineLayer } from '../define.ts'
import { formatShape } from '../graph/graph.ts'
import { integer } from '../params.ts'

export const repeatVector = defineLayer({
  kind: 'repeatVector',
  title: 'Repeat vector',
  doc: 'Makes a sequence of one row of numbers, the same at each step.',
  reference: 'https://keras.io/api/layers/reshaping_layers/repeat_vector/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    n: integer({ title: 'Steps', doc: 'How many times the row is repeated.', default: 2, min: 1, max: 1_000_000 }),
  },
  keras: { class: 'RepeatVector' },
  build: ({ g, name, params, inputs, from, fail }) => {
    const [x] = inputs
    const [source = 'its input'] = from
    if (!x) return fail('needs an input')
    if (x.shape.length !== 2)
      return fail(
        `takes [batch, features], but ${source} gives ${formatShape(x.shape)}; insert Flatten between ${source} and ${name}`,
        undefined,
        { before: { 0: { kind: 'flatten', params: {} } } },
      )
    return g.Tile(g.Unsqueeze(x, [1]), [1, params.n, 1])
  },
})
