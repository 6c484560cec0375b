/** Convolution and its transpose, over any number of spatial axes, channels first. */
import { GraphError, formatShape, sizeOf, type Dim, type Node, type Shape, type Value } from '../graph/graph.ts'
import { intAttribute, intsAttribute, textAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { convolutionOf, convolved, inputGradient, weightGradient, type Convolution } from './convolutionGradient.ts'
import { inputOf, type InferContext, type Op } from './op.ts'
import { extentOf, placesOf, spatialAxes, spatialSizes, windowOf } from './window.ts'

const groupOf = ({ attributes }: Pick<Node, 'attributes'>): number => intAttribute(attributes, 'group', 1)

/** The same for the transposed node: the convolution that leads from its output back to its input. */
export function transposedOf(
  node: Pick<Node, 'op' | 'attributes'>,
  x: Shape,
  w: Shape,
): Convolution & { readonly sizes: readonly number[] } {
  const group = groupOf(node)
  if (w.length !== x.length || x.length < 3 || x[1] !== w[0] || sizeOf([w[0] ?? 0]) % group !== 0)
    throw new GraphError(
      `${node.op} of ${group} groups cannot move a kernel ${formatShape(w)} over channels-first ${formatShape(x)}`,
    )
  const kernel = spatialSizes(w)
  const automatic = textAttribute(node.attributes, 'auto_pad', 'NOTSET')
  const { auto_pad: _, ...attributes } = node.attributes
  const window = windowOf(attributes, kernel, spatialSizes(x))
  const extra = intsAttribute(node.attributes, 'output_padding') ?? kernel.map(() => 0)
  const free = spatialSizes(x).map(
    (size, axis) => (window.strides[axis] ?? 1) * (size - 1) + (extra[axis] ?? 0) + extentOf(window, axis),
  )
  const same = automatic.startsWith('SAME')
  const wanted =
    intsAttribute(node.attributes, 'output_shape')?.slice(-kernel.length) ??
    (same ? spatialSizes(x).map((size, axis) => size * (window.strides[axis] ?? 1)) : undefined)
  if (!wanted) {
    const sizes = free.map((size, axis) => size - (window.begins[axis] ?? 0) - (window.ends[axis] ?? 0))
    return { window, group, sizes }
  }
  const total = free.map((size, axis) => size - (wanted[axis] ?? 0))
  const begins = total.map((pad) => (automatic === 'SAME_UPPER' ? Math.floor(pad / 2) : Math.ceil(pad / 2)))
  return {
    window: { ...window, begins, ends: total.map((pad, axis) => pad - (begins[axis] ?? 0)) },
    group,
    sizes: wanted,
  }
}

const biasGradient = (g: Builder, dy: Value): Value => g.ReduceSum(dy, [0, ...spatialAxes(dy.shape)])

function bias(context: InferContext, features: Dim): void {
  const value = context.inputs[2]
  if (value && (value.shape.length !== 1 || value.shape[0] !== features))
    throw new GraphError(`${context.op} of ${features} channels has a bias ${formatShape(value.shape)}`)
}

export const convolution: Record<string, Op> = {
  Conv: {
    infer: (context) => {
      const [x, w] = [inputOf(context, 0), inputOf(context, 1)]
      const { window } = convolutionOf(context, x.shape, w.shape)
      const [batch = 0] = x.shape
      const [features = 0] = w.shape
      bias(context, features)
      return [{ dtype: x.dtype, shape: [batch, features, ...placesOf(context, window, spatialSizes(x.shape))] }]
    },
    // Y = X ∗ W + b:  dX = dY ∗ᵀ W,  dW[m,c,k] = Σ dY[n,m,o] X[n,c,o·stride + k·dilation - begin],  db = Σ dY
    gradient: ({ g, dy, node, input }) => {
      const [x, w] = [input(0), input(1)]
      const convolution = convolutionOf(node, x.shape, w.shape)
      return [
        inputGradient(g, dy, w, convolution, spatialSizes(x.shape)),
        weightGradient(g, x, dy, convolution),
        node.inputs[2] ? biasGradient(g, dy) : null,
      ]
    },
  },
  ConvTranspose: {
    infer: (context) => {
      const [x, w] = [inputOf(context, 0), inputOf(context, 1)]
      const { group, sizes } = transposedOf(context, x.shape, w.shape)
      const [batch = 0] = x.shape
      const features = sizeOf([w.shape[1] ?? 0]) * group
      bias(context, features)
      return [{ dtype: x.dtype, shape: [batch, features, ...sizes] }]
    },
    // Y = X ∗ᵀ W + b, the input gradient of Conv:  dX = dY ∗ W,  dW as Conv's with X and dY in each other's place,  db = Σ dY
    gradient: ({ g, dy, node, input }) => {
      const [x, w] = [input(0), input(1)]
      const convolution = transposedOf(node, x.shape, w.shape)
      const dx = convolved(g, dy, w, convolution, spatialSizes(x.shape))
      return [dx, weightGradient(g, dy, x, convolution), node.inputs[2] ? biasGradient(g, dy) : null]
    },
  },
}
