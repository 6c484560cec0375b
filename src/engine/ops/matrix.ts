import { GraphError, formatShape, type Dim, type Node, type Value } from '../graph/graph.ts'
import type { Builder } from './builder.ts'
import { floatAttribute, intAttribute, intsAttribute } from './attributes.ts'
import { broadcastShapes, inputOf, type Op } from './op.ts'

/** The last two axes swapped. */
function swapLast(g: Builder, value: Value): Value {
  const rank = value.shape.length
  const order = Array.from({ length: rank }, (_, axis) => axis)
  return g.Transpose(value, [...order.slice(0, -2), rank - 1, rank - 2])
}

function dimensions(value: Value, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = value.shape
  if (value.shape.length !== 2 || rows === undefined || columns === undefined)
    throw new GraphError(`Gemm takes matrices, not ${formatShape(value.shape)}`)
  return transposed ? [columns, rows] : [rows, columns]
}

/** dY summed over its rows when C is a row, as 1ᵀ dY: many times faster than ReduceSum over the first axis. */
function biasGradient(g: Builder, c: Value, dy: Value): Value {
  const [rows, columns] = dy.shape
  const row = c.shape.length === 1 && c.shape[0] === columns
  return row && typeof rows === 'number' ? g.ReshapeLike(g.Gemm(g.ones([1, rows], dy.dtype), dy), c) : dy
}

/** The axes of a Transpose; without them, all in reverse. */
function orderOf(attributes: Node['attributes'], rank: number): readonly number[] {
  return intsAttribute(attributes, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis)
}

export const matrix: Record<string, Op> = {
  MatMul: {
    infer: (context) => {
      const [a, b] = [inputOf(context, 0), inputOf(context, 1)]
      const [m, k] = a.shape.slice(-2)
      const [inner, n] = b.shape.slice(-2)
      if (a.shape.length < 2 || b.shape.length < 2 || m === undefined || n === undefined || k !== inner)
        throw new GraphError(`MatMul cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}`)
      return [{ dtype: a.dtype, shape: [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n] }]
    },
    // Y = A B:  dA = dY Bᵀ,  dB = Aᵀ dY
    gradient: ({ g, dy, input }) => [g.MatMul(dy, swapLast(g, input(1))), g.MatMul(swapLast(g, input(0)), dy)],
  },
  Gemm: {
    infer: (context) => {
      const [a, b] = [inputOf(context, 0), inputOf(context, 1)]
      const [m, k] = dimensions(a, intAttribute(context.attributes, 'transA', 0) === 1)
      const [inner, n] = dimensions(b, intAttribute(context.attributes, 'transB', 0) === 1)
      if (k !== inner) throw new GraphError(`Gemm cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}`)
      const c = context.inputs[2]
      if (c) broadcastShapes([m, n], c.shape)
      return [{ dtype: a.dtype, shape: [m, n] }]
    },
    // Y = α A' B' + β C:  dA' = α dY B'ᵀ,  dB' = α A'ᵀ dY,  dC = β dY; a transposed operand takes its gradient transposed
    gradient: ({ g, dy, input, node }) => {
      const alpha = floatAttribute(node.attributes, 'alpha', 1)
      const beta = floatAttribute(node.attributes, 'beta', 1)
      const transA = intAttribute(node.attributes, 'transA', 0) === 1
      const transB = intAttribute(node.attributes, 'transB', 0) === 1
      const [a, b] = [input(0), input(1)]
      const da = transA
        ? g.Gemm(b, dy, null, { alpha, transA: transB, transB: true })
        : g.Gemm(dy, b, null, { alpha, transB: !transB })
      const db = transB
        ? g.Gemm(dy, a, null, { alpha, transA: true, transB: transA })
        : g.Gemm(a, dy, null, { alpha, transA: !transA })
      const c = node.inputs[2]
      return [da, db, c ? biasGradient(g, c, beta === 1 ? dy : g.Mul(dy, g.scalar(beta, dy.dtype))) : null]
    },
  },
  Transpose: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const order = orderOf(context.attributes, shape.length)
      if (order.length !== shape.length || new Set(order).size !== order.length)
        throw new GraphError(`Transpose cannot order ${formatShape(shape)} by [${order.join(', ')}]`)
      return [
        {
          dtype,
          shape: order.map((axis) => {
            const dim = shape[axis]
            if (dim === undefined) throw new GraphError(`Transpose has no axis ${axis} in ${formatShape(shape)}`)
            return dim
          }),
        },
      ]
    },
    // y[i] = x[p(i)]:  dx = dy in the inverse order
    gradient: ({ g, dy, node }) => {
      const order = orderOf(node.attributes, dy.shape.length)
      const inverse: number[] = []
      order.forEach((axis, position) => (inverse[axis] = position))
      return [g.Transpose(dy, inverse)]
    },
  },
}
