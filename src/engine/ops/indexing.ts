/** Parts of a value chosen by position: slices, gathers and scatters. */
import { GraphError, formatShape, sizeOf, type Dim, type Shape, type Value } from '../graph/graph.ts'
import { intAttribute, textAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import {
  constantInts,
  inputOf,
  normalizeAxis,
  sizesFor,
  type GradientContext,
  type InferContext,
  type Op,
  type ValueType,
} from './op.ts'

/** What a slice takes of one axis: `length` elements from `start`, `step` apart. */
interface Cut {
  readonly axis: number
  readonly start: number
  readonly step: number
  readonly length: Dim
}

/** The cuts of a slice. Only the whole of an axis whose size is known at run time can be taken, in either direction. */
function cutsOf(
  shape: Shape,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[] | undefined,
  steps: readonly number[] | undefined,
): readonly Cut[] {
  return starts.map((given, index) => {
    const axis = normalizeAxis(axes?.[index] ?? index, shape.length)
    const [end, step, dim] = [ends[index] ?? 0, steps?.[index] ?? 1, shape[axis] ?? 0]
    // No axis is as long as this: bounds beyond it stand for "to the end".
    const size = typeof dim === 'number' ? dim : 2 ** 31
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
    const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, low), high)
    const start = Math.max(bound(given), 0)
    const length = Math.max(0, Math.ceil((bound(end) - start) / step))
    if (typeof dim === 'number') return { axis, start, step, length }
    if (length < size - 1 || Math.abs(step) !== 1)
      throw new GraphError(`Slice cannot cut axis ${axis} of ${formatShape(shape)}`)
    return { axis, start, step, length: dim }
  })
}

/** dx of a slice: dy at the places it was taken from, zeros around and between them. */
function putBack(g: Builder, dy: Value, cuts: readonly Cut[], shape: Shape): Value {
  const backward = cuts.filter(({ step }) => step < 0).map(({ axis }) => axis)
  const forward = g.reverse(dy, backward)
  const stride = (axis: number): number => Math.abs(cuts.find((cut) => cut.axis === axis)?.step ?? 1)
  let spread = forward
  if (cuts.some(({ step }) => Math.abs(step) > 1)) {
    // Each element becomes the first of `step` along an axis of its own, which then joins the one it belongs to.
    const apart = forward.shape.flatMap((dim, axis): Dim[] => (stride(axis) > 1 ? [dim, 1] : [dim]))
    const room = forward.shape.flatMap((_, axis) => (stride(axis) > 1 ? [0, stride(axis) - 1] : [0]))
    const filled = g.Pad(g.Reshape(forward, sizesFor(apart)), [...room.map(() => 0), ...room])
    const joined = forward.shape.map((dim, axis) => (stride(axis) > 1 ? sizeOf([dim]) * stride(axis) : dim))
    spread = g.Reshape(filled, sizesFor(joined))
  }
  const [before, after] = [shape.map(() => 0), shape.map(() => 0)]
  for (const { axis, start, step, length } of cuts) {
    const [size, taken] = [shape[axis], spread.shape[axis]]
    if (typeof size !== 'number' || typeof taken !== 'number' || typeof length !== 'number') continue
    const first = step > 0 ? start : start + (length - 1) * step
    before[axis] = first
    after[axis] = size - first - taken
  }
  return g.Pad(spread, [...before, ...after])
}

function cutsOfNode({ g, node, input }: GradientContext): readonly Cut[] {
  const ints = (index: number): number[] | undefined => {
    const value = node.inputs[index]
    return value ? g.constantInts(value) : undefined
  }
  return cutsOf(input(0).shape, ints(1) ?? [], ints(2) ?? [], ints(3), ints(4))
}

/** Zeros of the shape of `like`, with each update added at its index along the axis; the other positions are its own. */
function accumulate(g: Builder, like: Value, indices: Value, updates: Value, axis: number): Value {
  return g.ScatterElements(g.zerosLike(like), indices, updates, axis, 'add')
}

/** The place of each index vector of a GatherND in the first axes of its data counted as one, [..., 1]. */
function places(g: Builder, data: Value, indices: Value): Value {
  const depth = sizeOf([indices.shape.at(-1) ?? 0])
  const sizes = data.shape.slice(0, depth).map((dim) => sizeOf([dim]))
  const steps = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)))
  const positive = g.Where(g.Less(indices, g.scalar(0, 'int64')), g.Add(indices, g.ints(sizes)), indices)
  return g.ReduceSum(g.Mul(positive, g.ints(steps)), [-1], true)
}

const reductionOf = (attributes: GradientContext['node']['attributes']): string =>
  textAttribute(attributes, 'reduction', 'none')

function scatter(context: InferContext): readonly ValueType[] {
  const reduction = reductionOf(context.attributes)
  if (reduction !== 'none' && reduction !== 'add') throw new GraphError(`${context.op} does not reduce by ${reduction}`)
  const { dtype, shape } = inputOf(context, 0)
  return [{ dtype, shape }]
}

export const indexing: Record<string, Op> = {
  Slice: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const optional = (index: number): number[] | undefined =>
        context.inputs[index] ? constantInts(context, index) : undefined
      const result = [...shape]
      const cuts = cutsOf(shape, constantInts(context, 1), constantInts(context, 2), optional(3), optional(4))
      for (const { axis, length } of cuts) result[axis] = length
      return [{ dtype, shape: result }]
    },
    // y = a part of x:  dx = dy with zeros around and between
    gradient: (context) => [
      putBack(context.g, context.dy, cutsOfNode(context), context.input(0).shape),
      null,
      null,
      null,
      null,
    ],
  },
  Gather: {
    infer: (context) => {
      const [data, indices] = [inputOf(context, 0), inputOf(context, 1)]
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', 0), data.shape.length)
      return [
        { dtype: data.dtype, shape: [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)] },
      ]
    },
    // y[.., j, ..] = x[.., i(j), ..]:  dx = dy added up at the rows it came from
    gradient: ({ g, dy, node, input }) => {
      const [data, indices] = [input(0), input(1)]
      const axis = normalizeAxis(intAttribute(node.attributes, 'axis', 0), data.shape.length)
      const [outer, inner] = [data.shape.slice(0, axis), data.shape.slice(axis + 1)]
      const flat = indices.shape.length === 1 ? indices : g.Reshape(indices, [-1])
      const updates = indices === flat ? dy : g.Reshape(dy, sizesFor([...outer, ...flat.shape, ...inner]))
      const rows = g.Reshape(flat, [...outer.map(() => 1), -1, ...inner.map(() => 1)])
      return [accumulate(g, data, g.Expand(rows, updates), updates, axis), null]
    },
  },
  GatherElements: {
    infer: (context) => [{ dtype: inputOf(context, 0).dtype, shape: inputOf(context, 1).shape }],
    // y[.., j, ..] = x[.., i[.., j, ..], ..]:  dx = dy added up at the elements it came from
    gradient: ({ g, dy, node, input }) => [
      accumulate(g, input(0), input(1), dy, intAttribute(node.attributes, 'axis', 0)),
      null,
    ],
  },
  GatherND: {
    infer: (context) => {
      const [data, indices] = [inputOf(context, 0), inputOf(context, 1)]
      if (intAttribute(context.attributes, 'batch_dims', 0) !== 0)
        throw new GraphError('GatherND with batch_dims is not supported')
      const depth = sizeOf([indices.shape.at(-1) ?? 0])
      return [{ dtype: data.dtype, shape: [...indices.shape.slice(0, -1), ...data.shape.slice(depth)] }]
    },
    // y[j] = x[i(j)]:  dx = dy added up at the places it came from
    gradient: ({ g, dy, input }) => {
      const [data, indices] = [input(0), input(1)]
      const depth = sizeOf([indices.shape.at(-1) ?? 0])
      const width = sizeOf(data.shape.slice(depth))
      const updates = g.Reshape(dy, [-1, width])
      const rows = g.Expand(g.Reshape(places(g, data, indices), [-1, 1]), updates)
      const table = g.Reshape(data, [-1, width])
      return [g.ReshapeLike(accumulate(g, table, rows, updates, 0), data), null]
    },
  },
  ScatterElements: {
    infer: scatter,
    // y = x, x'[.., j, ..] put at y[.., i[.., j, ..], ..] or added there:  dx = dy, without what was put over;  dx' = dy there
    gradient: ({ g, dy, node, input }) => {
      const axis = intAttribute(node.attributes, 'axis', 0)
      const kept =
        reductionOf(node.attributes) === 'add' ? dy : g.ScatterElements(dy, input(1), g.zerosLike(input(2)), axis)
      return [kept, null, g.GatherElements(dy, input(1), axis)]
    },
  },
  ScatterND: {
    infer: scatter,
    // y = x, x'[j] put at y[i(j)] or added there:  dx = dy, without what was put over;  dx' = dy there
    gradient: ({ g, dy, node, input }) => {
      const kept = reductionOf(node.attributes) === 'add' ? dy : g.ScatterND(dy, input(1), g.zerosLike(input(2)))
      return [kept, null, g.GatherND(dy, input(1))]
    },
  },
  OneHot: {
    infer: (context) => {
      const indices = inputOf(context, 0)
      const [depth] = constantInts(context, 1)
      if (depth === undefined) throw new GraphError('OneHot needs a depth')
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', -1), indices.shape.length + 1)
      const shape = [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)]
      return [{ dtype: inputOf(context, 2).dtype, shape }]
    },
    gradient: null,
  },
  TopK: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', -1), shape.length)
      const [k] = constantInts(context, 1)
      if (k === undefined) throw new GraphError('TopK needs a k')
      const taken = shape.map((dim, at) => (at === axis ? k : dim))
      return [
        { dtype, shape: taken },
        { dtype: 'int64', shape: taken },
      ]
    },
    // y = the k largest of x, at i:  dx = dy put at i
    gradient: ({ g, dy, node, input }) => {
      const [, indices] = node.outputs
      if (!indices) throw new GraphError('TopK lacks its indices')
      return [g.ScatterElements(g.zerosLike(input(0)), indices, dy, intAttribute(node.attributes, 'axis', -1)), null]
    },
  },
  ReverseSequence: {
    infer: (context) => [inputOf(context, 0)].map(({ dtype, shape }) => ({ dtype, shape })),
    // y = x with the first steps of each sequence in reverse:  dx = dy with the same steps in reverse
    gradient: ({ g, dy, node, input }) => [g.node('ReverseSequence', [dy, input(1)], node.attributes)[0] ?? null, null],
  },
}
