import { GraphError, formatShape, sizeOf, type Dim, type Shape } from '../graph/graph.ts'
import { intAttribute } from './attributes.ts'
import { broadcastShapes, constantInts, inputOf, normalizeAxis, type Op } from './op.ts'

/** A product of sizes: the known ones multiplied, and the names of the others. */
interface Product {
  readonly number: number
  readonly names: readonly string[]
}

/** `batch*4` stands for four times the size named batch. */
function multiply(dims: Shape): Product {
  let number = 1
  const names: string[] = []
  for (const factor of dims.flatMap((dim) => String(dim).split('*')))
    if (Number.isInteger(Number(factor))) number *= Number(factor)
    else names.push(factor)
  return { number, names: names.sort() }
}

function dimOf({ number, names }: Product): Dim {
  return names.length === 0 ? number : [...names, ...(number === 1 ? [] : [number])].join('*')
}

/** The shape a Reshape gives: 0 copies a size, one -1 is worked out. Throws when the sizes cannot agree. */
function reshape(from: Shape, wanted: readonly number[]): Shape {
  const shape: Dim[] = wanted.map((size, axis) => (size === 0 ? (from[axis] ?? 0) : size))
  const open = shape.indexOf(-1)
  const total = multiply(from)
  const given = multiply(shape.filter((_, axis) => axis !== open))
  const names = [...total.names]
  for (const name of given.names) {
    const at = names.indexOf(name)
    if (at >= 0) names.splice(at, 1)
  }
  const rest: Product = { number: total.number / given.number, names }
  const fits = names.length === total.names.length - given.names.length && Number.isInteger(rest.number)
  if (!fits || (open < 0 && dimOf(rest) !== 1))
    throw new GraphError(`Reshape cannot turn ${formatShape(from)} into [${wanted.join(', ')}]`)
  if (open >= 0) shape[open] = dimOf(rest)
  return shape
}

/** A size cut into parts of which only the last may be smaller. */
function evenly(size: number, parts: number): readonly number[] {
  const each = Math.ceil(size / parts)
  return Array.from({ length: parts }, (_, index) => Math.min(each, size - index * each))
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
      return [{ dtype, shape: [dimOf(multiply(shape.slice(0, axis))), dimOf(multiply(shape.slice(axis)))] }]
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
      const given = context.inputs[1] ? constantInts(context, 1) : shape.flatMap((dim, at) => (dim === 1 ? [at] : []))
      const axes = given.map((axis) => normalizeAxis(axis, shape.length))
      if (axes.some((axis) => shape[axis] !== 1))
        throw new GraphError(`Squeeze cannot drop axes ${axes.join(', ')} of ${formatShape(shape)}`)
      return [{ dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) }]
    },
    // y = x without axes of 1:  dx = dy with them
    gradient: ({ g, dy, input }) => [g.ReshapeLike(dy, input(0)), null],
  },
  Expand: {
    // The builder states the result where the shape is computed: that says nothing here.
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      return [{ dtype, shape: broadcastShapes(shape, constantInts(context, 1)) }]
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
      const sizes = context.inputs[1] ? constantInts(context, 1) : evenly(sizeOf([shape[axis] ?? 0]), context.outputs)
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
  Trilu: {
    infer: (context) => [inputOf(context, 0)].map(({ dtype, shape }) => ({ dtype, shape })),
    // y = x on one side of a diagonal, 0 on the other:  dx = dy on the same side
    gradient: ({ g, dy, node }) => [g.node('Trilu', [dy, ...node.inputs.slice(1)], node.attributes)[0] ?? null, null],
  },
}
