/** Convolution and its transpose, over any number of spatial axes, channels first. */
import { GraphError, formatShape, sizeOf, type Dim, type Node, type Shape, type Value } from '../graph/graph.ts'
import { intAttribute, intsAttribute, textAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { inputOf, type InferContext, type Op } from './op.ts'
import {
  extentOf,
  placesOf,
  spatialAxes,
  spatialSizes,
  windowOf,
  type ConvTransposeOptions,
  type Window,
} from './window.ts'

interface Convolution {
  readonly window: Window
  readonly group: number
}

const groupOf = ({ attributes }: Pick<Node, 'attributes'>): number => intAttribute(attributes, 'group', 1)

/** Y[n,m,o] = Σ X[n,c,o·stride + k·dilation - begin] W[m,c,k]: the window and groups of such a node. */
function convolutionOf(node: Pick<Node, 'op' | 'attributes'>, x: Shape, w: Shape): Convolution {
  const group = groupOf(node)
  const [features = 0, channels = 0] = w.slice(0, 2).map((dim) => sizeOf([dim]))
  if (w.length !== x.length || x.length < 3 || x[1] !== channels * group || features % group !== 0)
    throw new GraphError(
      `${node.op} of ${group} groups cannot move a kernel ${formatShape(w)} over channels-first ${formatShape(x)}`,
    )
  return { window: windowOf(node.attributes, spatialSizes(w), spatialSizes(x)), group }
}

/** The same for the transposed node: the convolution that leads from its output back to its input. */
function transposedOf(
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

const optionsOf = ({ window, group }: Convolution): ConvTransposeOptions => ({
  strides: window.strides,
  pads: [...window.begins, ...window.ends],
  dilations: window.dilations,
  group,
})

/** W [features, channels/group, ...kernel] as the kernel of the way back, [channels, features/group, ...kernel]. */
function swapChannels(g: Builder, w: Value, group: number): Value {
  const [features = 0, channels = 0, ...kernel] = w.shape.map((dim) => sizeOf([dim]))
  const axes = kernel.map((_, index) => index)
  if (group === 1) return g.Transpose(w, [1, 0, ...axes.map((axis) => axis + 2)])
  const grouped = g.Reshape(w, [group, features / group, channels, ...kernel])
  const swapped = g.Transpose(grouped, [0, 2, 1, ...axes.map((axis) => axis + 3)])
  return g.Reshape(swapped, [group * channels, features / group, ...kernel])
}

/** dX of a convolution, for an input of these spatial sizes. */
function inputGradient(g: Builder, dy: Value, w: Value, convolution: Convolution, sizes: readonly number[]): Value {
  const { window, group } = convolution
  const begins = window.begins.map((begin, axis) => extentOf(window, axis) - 1 - begin)
  const ends = window.ends.map((end, axis) => extentOf(window, axis) - 1 - end)
  if (window.strides.every((stride) => stride === 1) && [...begins, ...ends].every((pad) => pad >= 0)) {
    const axes = spatialAxes(w.shape)
    const flipped = window.kernel.every((size) => size === 1)
      ? w
      : g.Slice(
          w,
          axes.map(() => -1),
          window.kernel.map((size) => -size - 1),
          axes,
          axes.map(() => -1),
        )
    return g.Conv(dy, swapChannels(g, flipped, group), null, {
      pads: [...begins, ...ends],
      dilations: window.dilations,
      group,
    })
  }
  const outputPadding = spatialSizes(dy.shape).map((places, axis) => {
    const reached = (window.strides[axis] ?? 1) * (places - 1) + extentOf(window, axis)
    return (sizes[axis] ?? 0) - (reached - (window.begins[axis] ?? 0) - (window.ends[axis] ?? 0))
  })
  return g.ConvTranspose(dy, w, null, { ...optionsOf(convolution), outputPadding })
}

/** [images, channels, ...rows, columns] as [images, group, ...rows, columns·channels/group], no row or column unseen or missing. */
function channelsInColumns(g: Builder, x: Value, { window, group }: Convolution, places: readonly number[]): Value {
  const [images = 0, channels = 0, ...sizes] = x.shape.map((dim) => sizeOf([dim]))
  const each = channels / group
  const axes = sizes.map((_, axis) => axis)
  const split =
    group === 1
      ? g.Reshape(g.Transpose(x, [0, ...axes.map((axis) => axis + 2), 1]), [images, 1, ...merged(sizes, each)])
      : each === 1
        ? x
        : g.Reshape(
            g.Transpose(g.Reshape(x, [images, group, each, ...sizes]), [0, 1, ...axes.map((axis) => axis + 3), 2]),
            [images, group, ...merged(sizes, each)],
          )
  const after = sizes.map((size, axis) => {
    const needed = (window.strides[axis] ?? 1) * ((places[axis] ?? 1) - 1) + extentOf(window, axis)
    return needed - size - (window.begins[axis] ?? 0)
  })
  return g.Pad(split, [0, 0, ...merged(window.begins, each), 0, 0, ...merged(after, each)])
}

/** Numbers per axis with the last one multiplied: there the channels lie within the columns. */
function merged(numbers: readonly number[], channels: number): readonly number[] {
  return numbers.map((number, axis) => (axis === numbers.length - 1 ? number * channels : number))
}

/**
 * dW of a convolution: every image's dY moves as a kernel over the image itself, whose channels lie within its columns. The
 * images are the groups of one convolution that is dilated by the stride and strided by the dilation, then they are summed.
 */
function weightGradient(g: Builder, x: Value, dy: Value, convolution: Convolution, shape: Shape): Value {
  const { window, group } = convolution
  const [features = 0, channels = 0, ...kernel] = shape.map((dim) => sizeOf([dim]))
  const [images] = x.shape
  if (typeof images !== 'number') throw new GraphError('the gradient of a kernel needs batches of a known size')
  const places = spatialSizes(dy.shape)
  const seen = channelsInColumns(g, x, convolution, places)
  const product = g.Conv(
    g.Reshape(seen, [1, images * group, ...spatialSizes(seen.shape)]),
    g.Reshape(dy, [images * features, 1, ...places]),
    null,
    {
      group: images * group,
      dilations: merged(window.strides, channels),
      // Columns of one channel lie apart, so they are found at every offset and picked below.
      strides: window.dilations.map((dilation, axis) => (axis === kernel.length - 1 ? 1 : dilation)),
    },
  )
  const last = kernel.length - 1
  const reach = extentOf(window, last)
  const each = g.Reshape(product, [images, features, ...kernel.slice(0, -1), reach, channels])
  const sum = g.ReduceSum(each, [0])
  const dilation = window.dilations[last] ?? 1
  const picked = dilation === 1 ? sum : g.Slice(sum, [0], [reach], [kernel.length], [dilation])
  return g.Transpose(picked, [0, kernel.length + 1, ...kernel.map((_, axis) => axis + 1)])
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
        weightGradient(g, x, dy, convolution, w.shape),
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
      const all = g.Conv(dy, w, null, optionsOf(convolution))
      const dx =
        all.shape.length === x.shape.length && all.shape.every((dim, axis) => dim === x.shape[axis])
          ? all
          : g.Slice(
              all,
              spatialAxes(x.shape).map(() => 0),
              spatialSizes(x.shape),
              spatialAxes(x.shape),
            )
      return [dx, weightGradient(g, dy, x, convolution, w.shape), node.inputs[2] ? biasGradient(g, dy) : null]
    },
  },
}
