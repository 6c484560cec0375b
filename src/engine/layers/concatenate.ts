import { defineLayer, type LayerMend } from '../define.ts'
import { formatShape, type Value } from '../graph/graph.ts'
import { integer } from '../params.ts'

export const concatenate = defineLayer({
  kind: 'concatenate',
  title: 'Concatenate',
  doc: 'Joins its inputs along one axis.',
  reference: 'https://keras.io/api/layers/merging_layers/concatenate/',
  group: 'Merge',
  arity: { min: 2, max: Infinity },
  params: {
    axis: integer({
      title: 'Axis',
      doc: 'Which axis grows; -1 is the last, 0 would be the batch.',
      default: -1,
      min: -8,
      max: 8,
    }),
  },
  keras: { class: 'Concatenate' },
  build: ({ g, params, inputs, fail }) => {
    const [first] = inputs
    if (!first) return fail('needs inputs')
    const rank = first.shape.length
    const axis = params.axis < 0 ? params.axis + rank : params.axis
    if (axis < 1 || axis >= rank)
      return fail(`has no axis ${params.axis} to join along: choose 1 to ${rank - 1}, or -1`, 'axis', {
        set: { axis: -1 },
      })
    for (const { shape } of inputs)
      if (shape.length !== rank || shape.some((dim, at) => at !== axis && dim !== first.shape[at]))
        return fail(
          `joins ${formatShape(first.shape)} and ${formatShape(shape)} along axis ${axis}; all other sizes must agree, so reshape one of them first`,
          undefined,
          flattened(inputs),
        )
    return g.Concat(inputs, axis)
  },
})

/** Rows as plain lists of numbers, which can always be joined. */
const flattened = (inputs: readonly Value[]): LayerMend => ({
  set: { axis: -1 },
  before: Object.fromEntries(
    inputs.flatMap(({ shape }, index) => (shape.length > 2 ? [[index, { kind: 'flatten', params: {} }]] : [])),
  ),
})
