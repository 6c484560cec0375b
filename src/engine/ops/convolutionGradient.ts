/**
 * The gradients of a convolution as ops of their own: which ONNX ops compute them best depends on shapes and runtime, so that is
 * chosen when the graph is finished (compile/lower.ts). Both are linear in each of their operands.
 */
import { GraphError, formatShape, sizeOf, type Node, type Shape, type Value } from '../graph/graph.ts'
import { attributesOf, intAttribute, intsAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { inputOf, type Op } from './op.ts'
import { spatialAxes, spatialSizes, windowAttributes, windowOf, type ConvOptions, type Window } from './window.ts'

/** The domain of ops that only the engine knows. */
export const ownDomain = 'espalier'

export interface Convolution {
  readonly window: Window
  readonly group: number
}

/** Y[n,m,o] = Σ X[n,c,o·stride + k·dilation - begin] W[m,c,k]: the window and groups of such a node. */
export function convolutionOf(node: Pick<Node, 'op' | 'attributes'>, x: Shape, w: Shape): Convolution {
  const group = intAttribute(node.attributes, 'group', 1)
  const [features = 0, channels = 0] = w.slice(0, 2).map((dim) => sizeOf([dim]))
  if (w.length !== x.length || x.length < 3 || x[1] !== channels * group || features % group !== 0)
    throw new GraphError(
      `${node.op} of ${group} groups cannot move a kernel ${formatShape(w)} over channels-first ${formatShape(x)}`,
    )
  return { window: windowOf(node.attributes, spatialSizes(w), spatialSizes(x)), group }
}

/** The options of the Conv that this is. */
export const optionsOf = ({ window, group }: Convolution): ConvOptions => ({
  strides: window.strides,
  pads: [...window.begins, ...window.ends],
  dilations: window.dilations,
  group,
})

function emitted(values: readonly Value[]): Value {
  const [value] = values
  if (!value) throw new GraphError('a gradient of a convolution gave nothing')
  return value
}

/** dX [batch, channels, ...sizes] of a convolution with the kernel w: each element of dY times the kernel, added where the kernel lay. */
export function inputGradient(
  g: Builder,
  dy: Value,
  w: Value,
  convolution: Convolution,
  sizes: readonly number[],
): Value {
  return emitted(
    g.node('ConvInputGradient', [dy, w], { ...windowAttributes(optionsOf(convolution)), ...attributesOf({ sizes }) }),
  )
}

/** dW [features, channels/group, ...kernel] of a convolution of x: for each of its elements the sum of dY times what of x it met. */
export function weightGradient(g: Builder, x: Value, dy: Value, convolution: Convolution): Value {
  const { kernel } = convolution.window
  return emitted(
    g.node('ConvWeightGradient', [x, dy], windowAttributes({ ...optionsOf(convolution), kernelShape: kernel })),
  )
}

/** The convolution at its first places, as many as there are here: with some paddings it has more. */
export function convolved(g: Builder, x: Value, w: Value, convolution: Convolution, places: readonly number[]): Value {
  const all = g.Conv(x, w, null, optionsOf(convolution))
  const axes = spatialAxes(all.shape)
  const starts = places.map(() => 0)
  return spatialSizes(all.shape).every((size, axis) => size === places[axis]) ? all : g.Slice(all, starts, places, axes)
}

/** The convolution whose input gradient a node is. */
export function ofInputGradient({ op, attributes, inputs: [dy, w] }: Pick<Node, 'op' | 'attributes' | 'inputs'>) {
  const sizes = intsAttribute(attributes, 'sizes') ?? []
  if (!dy || !w) throw new GraphError(`${op} needs dY and the kernel`)
  const [batch = 0] = dy.shape
  const channels = sizeOf([w.shape[1] ?? 0]) * intAttribute(attributes, 'group', 1)
  const x: Shape = [batch, channels, ...sizes]
  return { dy, w, x, sizes, convolution: convolutionOf({ op, attributes }, x, w.shape) }
}

/** The convolution whose weight gradient a node is. */
export function ofWeightGradient({ op, attributes, inputs: [x, dy] }: Pick<Node, 'op' | 'attributes' | 'inputs'>) {
  const kernel = intsAttribute(attributes, 'kernel_shape') ?? []
  if (!x || !dy) throw new GraphError(`${op} needs X and dY`)
  if (typeof x.shape[0] !== 'number') throw new GraphError('the gradient of a kernel needs batches of a known size')
  const channels = sizeOf([x.shape[1] ?? 0]) / intAttribute(attributes, 'group', 1)
  const w: Shape = [dy.shape[1] ?? 0, channels, ...kernel]
  return { x, dy, w, convolution: convolutionOf({ op, attributes }, x.shape, w) }
}

export const convolutionGradient: Record<string, Op> = {
  ConvInputGradient: {
    domain: ownDomain,
    infer: (context) => {
      const { dtype } = inputOf(context, 0)
      return [{ dtype, shape: ofInputGradient(context).x }]
    },
    // X̄ = dY ∗ᵀ W, against dX̄:  d(dY) = dX̄ ∗ W,  dW = the weight gradient of dX̄ ∗ W under dY
    gradient: ({ g, dy: dx, node }) => {
      const { dy, w, convolution } = ofInputGradient(node)
      return [convolved(g, dx, w, convolution, spatialSizes(dy.shape)), weightGradient(g, dx, dy, convolution)]
    },
  },
  ConvWeightGradient: {
    domain: ownDomain,
    infer: (context) => {
      const { dtype } = inputOf(context, 0)
      return [{ dtype, shape: ofWeightGradient(context).w }]
    },
    // W̄ = X ∗ dY, against dW̄:  dX = dY ∗ᵀ dW̄,  d(dY) = X ∗ dW̄
    gradient: ({ g, dy: dw, node }) => {
      const { x, dy, convolution } = ofWeightGradient(node)
      return [
        inputGradient(g, dy, dw, convolution, spatialSizes(x.shape)),
        convolved(g, x, dw, convolution, spatialSizes(dy.shape)),
      ]
    },
  },
}
