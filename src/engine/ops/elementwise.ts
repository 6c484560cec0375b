import { GraphError, type Value } from '../graph/graph.ts'
import { broadcastShapes, inputOf, type InferContext, type Op, type ValueType } from './op.ts'
import { trigonometry } from './trigonometry.ts'

/** All inputs of one type, broadcast together. */
function broadcast(context: InferContext): readonly ValueType[] {
  const first = inputOf(context, 0)
  let shape = first.shape
  for (const value of context.inputs) {
    if (!value) continue
    if (value.dtype !== first.dtype) throw new GraphError(`${context.op} mixes ${first.dtype} and ${value.dtype}`)
    shape = broadcastShapes(shape, value.shape)
  }
  return [{ dtype: first.dtype, shape }]
}

/** The same type as the first input. */
export function same(context: InferContext): readonly ValueType[] {
  const { dtype, shape } = inputOf(context, 0)
  return [{ dtype, shape }]
}

/** The largest (or smallest) of several values; `worse` compares a value with one that replaces it. */
function extreme(worse: 'Less' | 'Greater'): Op {
  return {
    infer: broadcast,
    gradient: ({ g, dy, node, input, output }) => {
      const one = g.scalar(1, dy.dtype)
      if (node.inputs.length === 1) return [dy]
      if (node.inputs.length === 2) {
        const second = g.Cast(g[worse](input(0), input(1)), dy.dtype)
        return [g.Mul(dy, g.Sub(one, second)), g.Mul(dy, second)]
      }
      let left = g.Cast(g.Equal(output, output), dy.dtype)
      return node.inputs.map((_, index) => {
        const chosen = g.Mul(left, g.Cast(g.Equal(input(index), output), dy.dtype))
        left = g.Sub(left, chosen)
        return g.Mul(dy, chosen)
      })
    },
  }
}

export const elementwise: Record<string, Op> = {
  Add: {
    infer: broadcast,
    // y = a + b:  da = dy,  db = dy
    gradient: ({ dy }) => [dy, dy],
  },
  Sub: {
    infer: broadcast,
    // y = a - b:  da = dy,  db = -dy
    gradient: ({ g, dy }) => [dy, g.Neg(dy)],
  },
  Mul: {
    infer: broadcast,
    // y = a b:  da = dy b,  db = dy a
    gradient: ({ g, dy, input }) => [g.Mul(dy, input(1)), g.Mul(dy, input(0))],
  },
  Div: {
    infer: broadcast,
    // y = a / b:  da = dy / b,  db = -(dy / b) y
    gradient: ({ g, dy, input, output }) => {
      const da = g.Div(dy, input(1))
      return [da, g.Neg(g.Mul(da, output))]
    },
  },
  Pow: {
    infer: broadcast,
    // y = a^b:  da = dy b a^(b-1),  db = dy y ln a
    gradient: ({ g, dy, input, output }) => [
      g.Mul(dy, g.Mul(input(1), g.Pow(input(0), g.Sub(input(1), g.scalar(1, input(1).dtype))))),
      g.Mul(dy, g.Mul(output, g.Log(input(0)))),
    ],
  },
  // y = max(x₁, x₂, ...):  dxᵢ = dy [xᵢ is the first that equals y]
  Max: extreme('Less'),
  // y = min(x₁, x₂, ...):  dxᵢ = dy [xᵢ is the first that equals y]
  Min: extreme('Greater'),
  Sum: {
    infer: broadcast,
    // y = x₁ + x₂ + ...:  dxᵢ = dy
    gradient: ({ dy, node }) => node.inputs.map(() => dy),
  },
  Mean: {
    infer: broadcast,
    // y = (x₁ + x₂ + ...) / n:  dxᵢ = dy / n
    gradient: ({ g, dy, node }) => {
      const share = g.Mul(dy, g.scalar(1 / node.inputs.length, dy.dtype))
      return node.inputs.map(() => share)
    },
  },
  Mod: {
    infer: broadcast,
    // y = a - b trunc(a / b):  da = dy,  db = -dy trunc(a / b)
    gradient: ({ g, dy, input, output }) => [dy, g.Neg(g.Mul(dy, g.Div(g.Sub(input(0), output), input(1))))],
  },
  Clip: {
    infer: same,
    // y = min(max(x, low), high):  dx = dy [low <= x <= high]
    gradient: ({ g, dy, input, node }) => {
      const x = input(0)
      const [, low, high] = node.inputs
      let inside: Value | null = null
      if (low) inside = g.Not(g.Less(x, low))
      if (high) {
        const below = g.Not(g.Greater(x, high))
        inside = inside ? g.And(inside, below) : below
      }
      return [inside ? g.Mul(dy, g.Cast(inside, dy.dtype)) : dy, null, null]
    },
  },
  Where: {
    infer: (context) => {
      const a = inputOf(context, 1)
      const shape = broadcastShapes(inputOf(context, 0).shape, broadcastShapes(a.shape, inputOf(context, 2).shape))
      return [{ dtype: a.dtype, shape }]
    },
    // y = c ? a : b:  da = c ? dy : 0,  db = c ? 0 : dy
    gradient: ({ g, dy, input }) => {
      const zero = g.scalar(0, dy.dtype)
      return [null, g.Where(input(0), dy, zero), g.Where(input(0), zero, dy)]
    },
  },
  Neg: {
    infer: same,
    // y = -x:  dx = -dy
    gradient: ({ g, dy }) => [g.Neg(dy)],
  },
  Abs: {
    infer: same,
    // y = |x|:  dx = dy sign(x), 0 at 0
    gradient: ({ g, dy, input }) => [g.Mul(dy, g.Sign(input(0)))],
  },
  Sign: { infer: same, gradient: null },
  Floor: { infer: same, gradient: null },
  Ceil: { infer: same, gradient: null },
  Round: { infer: same, gradient: null },
  Sqrt: {
    infer: same,
    // y = √x:  dx = dy / (2 y)
    gradient: ({ g, dy, output }) => [g.Div(g.Mul(dy, g.scalar(0.5, dy.dtype)), output)],
  },
  Exp: {
    infer: same,
    // y = eˣ:  dx = dy y
    gradient: ({ g, dy, output }) => [g.Mul(dy, output)],
  },
  Log: {
    infer: same,
    // y = ln x:  dx = dy / x
    gradient: ({ g, dy, input }) => [g.Div(dy, input(0))],
  },
  Reciprocal: {
    infer: same,
    // y = 1/x:  dx = -dy y²
    gradient: ({ g, dy, output }) => [g.Neg(g.Mul(dy, g.Mul(output, output)))],
  },
  ...trigonometry,
}
