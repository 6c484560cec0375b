/** Upsampling and downsampling by interpolation along each axis. */
import { tensorOf } from '../graph/tensor.ts'
import {
  GraphError,
  formatShape,
  sizeOf,
  type Dim,
  type Node,
  type Shape,
  type Tensor,
  type Value,
} from '../graph/graph.ts'
import { textAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { inputOf, type Op } from './op.ts'

interface Axis {
  readonly from: number
  readonly to: number
  readonly scale: number
}

type Constant = (value: Value) => Tensor | undefined

/** What happens along each axis; null where nothing does. */
function axesOf(
  node: Pick<Node, 'op' | 'inputs' | 'attributes'>,
  shape: Shape,
  constant: Constant,
): readonly (Axis | null)[] {
  for (const name of ['antialias', 'axes', 'keep_aspect_ratio_policy', 'exclude_outside'])
    if (node.attributes[name]) throw new GraphError(`${node.op} with ${name} is not supported`)
  const read = (index: number): number[] | null => {
    const value = node.inputs[index]
    const tensor = value && constant(value)
    if (value && !tensor) throw new GraphError(`${node.op} needs a constant as input ${index}`)
    return tensor && tensor.data.length > 0 ? Array.from(tensor.data, Number) : null
  }
  const [scales, sizes] = [read(2), read(3)]
  return shape.map((dim, axis) => {
    if (scales?.[axis] === 1) return null
    if (typeof dim !== 'number') throw new GraphError(`${node.op} cannot scale axis ${axis} of ${formatShape(shape)}`)
    const to = sizes?.[axis] ?? Math.floor(dim * (scales?.[axis] ?? 1))
    return to === dim ? null : { from: dim, to, scale: scales?.[axis] ?? to / dim }
  })
}

/** Where along its axis an output element looks, in elements of the input. */
function coordinate(mode: string, at: number, { from, to, scale }: Axis): number {
  switch (mode) {
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5
    case 'pytorch_half_pixel':
      return to > 1 ? (at + 0.5) / scale - 0.5 : 0
    case 'asymmetric':
      return at / scale
    case 'align_corners':
      return to > 1 ? (at * (from - 1)) / (to - 1) : 0
    default:
      throw new GraphError(`Resize does not know the coordinates ${mode}`)
  }
}

function nearest(mode: string, at: number): number {
  switch (mode) {
    case 'round_prefer_floor':
      return Math.ceil(at - 0.5)
    case 'round_prefer_ceil':
      return Math.floor(at + 0.5)
    case 'floor':
      return Math.floor(at)
    case 'ceil':
      return Math.ceil(at)
    default:
      throw new GraphError(`Resize does not know the rounding ${mode}`)
  }
}

/** The share of each input element in each output element along an axis, [to, from]. */
function weights(node: Node, axis: Axis): readonly (readonly number[])[] {
  const { from, to } = axis
  const inside = (at: number): number => Math.min(Math.max(at, 0), from - 1)
  const mode = textAttribute(node.attributes, 'mode', 'nearest')
  return Array.from({ length: to }, (_, index) => {
    const row = new Array<number>(from).fill(0)
    const place = coordinate(
      textAttribute(node.attributes, 'coordinate_transformation_mode', 'half_pixel'),
      index,
      axis,
    )
    const add = (at: number, share: number): void => {
      row[inside(at)] = (row[inside(at)] ?? 0) + share
    }
    if (mode === 'nearest') add(nearest(textAttribute(node.attributes, 'nearest_mode', 'round_prefer_floor'), place), 1)
    else if (mode === 'linear') {
      const floor = Math.floor(inside(place))
      add(floor, 1 - (inside(place) - floor))
      add(floor + 1, inside(place) - floor)
    } else throw new GraphError(`Resize does not interpolate ${mode}`)
    return row
  })
}

/** The product of a value with a matrix along one axis: y[.., j, ..] = Σ x[.., i, ..] rows[i][j]. */
function multiplyAlong(g: Builder, x: Value, axis: number, rows: readonly (readonly number[])[]): Value {
  if (x.dtype === 'string') throw new GraphError('strings are not interpolated')
  const matrix = g.initializer('interpolation', tensorOf(x.dtype, [rows.length, rows[0]?.length ?? 0], rows.flat()))
  const last = x.shape.length - 1
  if (axis === last) return g.MatMul(x, matrix)
  const order = x.shape.map((_, at) => (at === axis ? last : at === last ? axis : at))
  return g.Transpose(g.MatMul(g.Transpose(x, order), matrix), order)
}

/** Whether every element is repeated a whole number of times, along the spatial axes only. */
function repeats(node: Node, axes: readonly (Axis | null)[]): boolean {
  return (
    axes.length > 2 &&
    axes.every((axis, index) => {
      if (!axis) return true
      const blocks = weights(node, axis).every((row, at) => row[Math.floor((at * axis.from) / axis.to)] === 1)
      return index >= 2 && axis.to % axis.from === 0 && blocks
    })
  )
}

export const resize: Record<string, Op> = {
  Resize: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const axes = axesOf(context, shape, (value) => context.constant(value))
      return [{ dtype, shape: shape.map((dim, axis): Dim => axes[axis]?.to ?? dim) }]
    },
    // y = A x along each axis, A the shares of the interpolation:  dx = Aᵀ dy; where A repeats, dx = Σ dy over the repeats
    gradient: ({ g, dy, node, input }) => {
      const axes = axesOf(node, input(0).shape, (value) => g.constantOf(value))
      if (repeats(node, axes)) {
        const kernelShape = axes.slice(2).map((axis) => (axis ? axis.to / axis.from : 1))
        const mean = g.AveragePool(dy, { kernelShape, strides: kernelShape })
        return [g.Mul(mean, g.scalar(sizeOf(kernelShape), dy.dtype)), null, null, null]
      }
      let dx = dy
      axes.forEach((axis, index) => {
        if (axis) dx = multiplyAlong(g, dx, index, weights(node, axis))
      })
      return [dx, null, null, null]
    },
  },
}
