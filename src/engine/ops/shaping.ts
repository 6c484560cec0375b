import { GraphError, formatShape, sameShape, sizeOf, type Dim, type Shape } from '../graph/graph.ts'
import { constantInts, inputOf, intAttribute, normalizeAxis, type Op } from './op.ts'

/** The shape a Reshape gives: 0 copies a size, one -1 is worked out. Throws when the sizes cannot agree. */
function reshape(from: Shape, wanted: readonly number[]): Shape {
  const shape: Dim[] = wanted.map((size, axis) => (size === 0 ? (from[axis] ?? 0) : size))
  const open = shape.indexOf(-1)
  const known = (dims: readonly Dim[]): number =>
    dims.reduce<number>((n, dim) => (typeof dim === 'number' && dim >= 0 ? n * dim : n), 1)
  const names = (dims: readonly Dim[]): Dim[] => dims.filter((dim) => typeof dim === 'string').sort()
  const wrong = (): never => {
    throw new GraphError(`Reshape cannot turn ${formatShape(from)} into [${wanted.join(', ')}]`)
  }
  if (open >= 0) {
    const left = names(from).filter((name) => !shape.includes(name))
    const size = known(from) / known(shape)
    if (!Number.isInteger(size) || left.length > 1 || (left[0] !== undefined && size !== 1)) return wrong()
    shape[open] = left[0] ?? size
  }
  if (known(from) !== known(shape) || !sameShape(names(from), names(shape))) return wrong()
  return shape
}

export const shaping: Record<string, Op> = {
  Identity: {
    infer: (context) => [inputOf(context, 0)].map(({ dtype, shape }) => ({ dtype, shape })),
    // y = x:  dx = dy
    gradient: ({ dy }) => [dy],
  },
  Reshape: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      return [{ dtype, shape: reshape(shape, constantInts(context, 1)) }]
    },
    // y = x in another shape:  dx = dy in x's shape
    gradient: ({ g, dy, input }) => [g.ReshapeLike(dy, input(0)), null],
  },
  Flatten: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const axis = intAttribute(context.attributes, 'axis', 1)
      const merge = (dims: Shape): Dim => {
        const [only] = dims
        return dims.length === 1 && only !== undefined ? only : sizeOf(dims)
      }
      return [{ dtype, shape: [merge(shape.slice(0, axis)), merge(shape.slice(axis))] }]
    },
    // y = x in two axes:  dx = dy in x's shape
    gradient: ({ g, dy, input }) => [g.ReshapeLike(dy, input(0))],
  },
  Unsqueeze: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const given = constantInts(context, 1)
      const rank = shape.length + given.length
      const axes = given.map((axis) => normalizeAxis(axis, rank))
      const rest = [...shape]
      return [
        {
          dtype,
          shape: Array.from({ length: rank }, (_, axis): Dim => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))),
        },
      ]
    },
    // y = x with axes of 1:  dx = dy without them
    gradient: ({ g, dy, input }) => [g.ReshapeLike(dy, input(0)), null],
  },
  Squeeze: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const axes = constantInts(context, 1).map((axis) => normalizeAxis(axis, shape.length))
      if (axes.some((axis) => shape[axis] !== 1))
        throw new GraphError(`Squeeze cannot drop axes ${axes.join(', ')} of ${formatShape(shape)}`)
      return [{ dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) }]
    },
    // y = x without axes of 1:  dx = dy with them
    gradient: ({ g, dy, node }) => [g.Unsqueeze(dy, node.inputs[1] ? g.constantInts(node.inputs[1]) : []), null],
  },
  Expand: {
    // The builder states the result: a computed shape says nothing here.
    infer: (context) => {
      const { dtype } = inputOf(context, 0)
      return [{ dtype, shape: constantInts(context, 1) }]
    },
    // y = x repeated along axes:  dx = Σ dy over them (the walk sums a broadcast shape away)
    gradient: ({ dy }) => [dy, null],
  },
  Concat: {
    infer: (context) => {
      const first = inputOf(context, 0)
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', 0), first.shape.length)
      let total = 0
      for (const value of context.inputs) {
        const dim = value?.shape[axis]
        const others = value?.shape.every((size, at) => at === axis || size === first.shape[at])
        if (!value || !others || value.shape.length !== first.shape.length || value.dtype !== first.dtype)
          throw new GraphError(
            `Concat cannot join ${context.inputs.map((each) => formatShape(each?.shape ?? [])).join(' and ')}`,
          )
        if (typeof dim !== 'number') throw new GraphError(`Concat needs known sizes along axis ${axis}`)
        total += dim
      }
      return [{ dtype: first.dtype, shape: first.shape.map((dim, at) => (at === axis ? total : dim)) }]
    },
    // y = a ‖ b:  da, db = dy split at the same places
    gradient: ({ g, dy, node, output }) => {
      const axis = normalizeAxis(intAttribute(node.attributes, 'axis', 0), output.shape.length)
      if (node.inputs.length === 1) return [dy]
      return g.Split(
        dy,
        node.inputs.map((value) => sizeOf([value?.shape[axis] ?? 0])),
        axis,
      )
    },
  },
  Split: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', 0), shape.length)
      const sizes = constantInts(context, 1)
      if (sizes.reduce((sum, size) => sum + size, 0) !== shape[axis])
        throw new GraphError(`Split cannot cut axis ${axis} of ${formatShape(shape)} into [${sizes.join(', ')}]`)
      return sizes.map((size) => ({ dtype, shape: shape.map((dim, at) => (at === axis ? size : dim)) }))
    },
    // a, b = x split:  dx = da ‖ db
    gradient: ({ g, node, gradients }) => {
      const parts = gradients.map((gradient, index) => {
        const output = node.outputs[index]
        if (!gradient && !output) throw new GraphError('Split lacks an output')
        return gradient ?? g.zerosLike(output ?? g.scalar(0))
      })
      return [g.Concat(parts, intAttribute(node.attributes, 'axis', 0)), null]
    },
  },
  Slice: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const [starts, ends, axes] = [constantInts(context, 1), constantInts(context, 2), constantInts(context, 3)]
      const result = [...shape]
      axes.forEach((given, index) => {
        const axis = normalizeAxis(given, shape.length)
        const size = sizeOf([shape[axis] ?? 0])
        const bound = (at: number): number => Math.min(size, Math.max(0, at < 0 ? at + size : at))
        result[axis] = Math.max(0, bound(ends[index] ?? size) - bound(starts[index] ?? 0))
      })
      return [{ dtype, shape: result }]
    },
    // y = a part of x:  dx = dy with zeros around it
    gradient: ({ g, dy, input, node, output }) => {
      const ints = (index: number): number[] => {
        const value = node.inputs[index]
        if (!value) throw new GraphError('Slice lacks its bounds')
        return g.constantInts(value)
      }
      let padded = dy
      const starts = ints(1)
      ints(3).forEach((given, index) => {
        const rank = output.shape.length
        const axis = normalizeAxis(given, rank)
        const size = sizeOf([input(0).shape[axis] ?? 0])
        const start = starts[index] ?? 0
        const before = Math.min(size, start < 0 ? start + size : start)
        const after = size - before - sizeOf([output.shape[axis] ?? 0])
        const zeros = (length: number) =>
          g.zeros(
            padded.shape.map((dim, at) => (at === axis ? length : dim)),
            dy.dtype,
          )
        const parts = [...(before > 0 ? [zeros(before)] : []), padded, ...(after > 0 ? [zeros(after)] : [])]
        padded = parts.length > 1 ? g.Concat(parts, axis) : padded
      })
      return [padded, null, null, null]
    },
  },
  Gather: {
    infer: (context) => {
      const [data, indices] = [inputOf(context, 0), inputOf(context, 1)]
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', 0), data.shape.length)
      return [
        { dtype: data.dtype, shape: [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)] },
      ]
    },
  },
  OneHot: {
    infer: (context) => {
      const indices = inputOf(context, 0)
      const [depth] = constantInts(context, 1)
      if (depth === undefined) throw new GraphError('OneHot needs a depth')
      return [{ dtype: inputOf(context, 2).dtype, shape: [...indices.shape, depth] }]
    },
    gradient: null,
  },
  Shape: {
    infer: (context) => [{ dtype: 'int64', shape: [inputOf(context, 0).shape.length] }],
    gradient: null,
  },
}
