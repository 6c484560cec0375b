import { defineLayer } from '../define.ts'
import { formatShape, sameShape } from '../graph/graph.ts'

export const add = defineLayer({
  kind: 'add',
  title: 'Add',
  doc: 'Adds its inputs, number by number.',
  reference: 'https://keras.io/api/layers/merging_layers/add/',
  group: 'Merge',
  arity: { min: 2, max: Infinity },
  params: {},
  build: ({ g, inputs, fail }) =>
    inputs.reduce((sum, next) =>
      sameShape(sum.shape, next.shape)
        ? g.Add(sum, next)
        : fail(
            `adds ${formatShape(sum.shape)} and ${formatShape(next.shape)}; give both inputs the same shape, with a Dense or Reshape before one of them`,
          ),
    ),
})
