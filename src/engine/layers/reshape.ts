import { defineLayer } from '../define.ts'
import { formatShape, sizeOf } from '../graph/graph.ts'
import { shape } from '../params.ts'

export const reshape = defineLayer({
  kind: 'reshape',
  title: 'Reshape',
  doc: 'Arranges the numbers of each row in another shape.',
  reference: 'https://keras.io/api/layers/reshaping_layers/reshape/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    shape: shape({
      title: 'Shape',
      doc: 'The new sizes without the batch axis; one may be -1 to be worked out.',
      default: [-1],
      infer: true,
    }),
  },
  keras: { class: 'Reshape', arguments: { shape: 'target_shape' } },
  build: ({ g, params, inputs, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const size = sizeOf(x.shape.slice(1))
    const open = params.shape.filter((dim) => dim === -1).length
    const known = params.shape.reduce((product, dim) => (dim === -1 ? product : product * dim), 1)
    if (open > 1 || (open === 1 ? size % known !== 0 : size !== known))
      return fail(
        `cannot arrange ${formatShape(x.shape.slice(1))}, ${size} numbers, as ${formatShape(params.shape)}; choose sizes that hold ${size} numbers`,
        'shape',
        { set: { shape: fitting(params.shape, size) } },
      )
    return g.Reshape(x, [0, ...params.shape.map((dim) => (dim === -1 ? size / known : dim))])
  },
})

/** A shape that holds so many numbers: the one given but for its last size, else all of them in one axis. */
function fitting(shape: readonly number[], size: number): readonly number[] {
  const first = shape.slice(0, -1)
  return first.includes(-1) || size % sizeOf(first) !== 0 ? [size] : [...first, size / sizeOf(first)]
}
