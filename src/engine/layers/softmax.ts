import { defineLayer } from '../define.ts'
import { formatShape } from '../graph/graph.ts'
import { integer } from '../params.ts'

export const softmax = defineLayer({
  kind: 'softmax',
  title: 'Softmax',
  doc: 'Turns the numbers along one axis into shares that add up to 1.',
  reference: 'https://keras.io/api/layers/activation_layers/softmax/',
  formula: 'y = eˣ / Σ eˣ along the axis',
  group: 'Activation',
  arity: { min: 1, max: 1 },
  params: {
    axis: integer({
      title: 'Axis',
      doc: 'Along which axis; -1 is the last, 0 would be the batch.',
      default: -1,
      min: -8,
      max: 8,
    }),
  },
  keras: { class: 'Softmax' },
  // eˣ / Σ eˣ
  build: ({ g, params, inputs, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const rank = x.shape.length
    const axis = params.axis < 0 ? params.axis + rank : params.axis
    if (axis < 1 || axis >= rank)
      return fail(`has no axis ${params.axis} in ${formatShape(x.shape)}: choose 1 to ${rank - 1}, or -1`, 'axis', {
        set: { axis: -1 },
      })
    return g.Softmax(x, axis === rank - 1 ? -1 : axis)
  },
})
