import { same } from './elementwise.ts'
import { floatAttribute, intAttribute, type Op } from './op.ts'

/** SELU's constants, from Klambauer et al. 2017. */
const seluAlpha = 1.6732632423543772
const seluGamma = 1.0507009873554805

export const activation: Record<string, Op> = {
  Relu: {
    infer: same,
    // y = max(x, 0):  dx = dy [y > 0]
    gradient: ({ g, dy, output }) => [g.Mul(dy, g.Cast(g.Greater(output, g.scalar(0, dy.dtype)), dy.dtype))],
  },
  LeakyRelu: {
    infer: same,
    // y = x > 0 ? x : α x:  dx = dy (x > 0 ? 1 : α)
    gradient: ({ g, dy, input, node }) => {
      const alpha = floatAttribute(node.attributes, 'alpha', 0.01)
      return [
        g.Mul(
          dy,
          g.Where(g.Greater(input(0), g.scalar(0, dy.dtype)), g.scalar(1, dy.dtype), g.scalar(alpha, dy.dtype)),
        ),
      ]
    },
  },
  Elu: {
    infer: same,
    // y = x > 0 ? x : α (eˣ - 1):  dx = dy (x > 0 ? 1 : y + α)
    gradient: ({ g, dy, input, output, node }) => {
      const alpha = g.scalar(floatAttribute(node.attributes, 'alpha', 1), dy.dtype)
      return [
        g.Mul(dy, g.Where(g.Greater(input(0), g.scalar(0, dy.dtype)), g.scalar(1, dy.dtype), g.Add(output, alpha))),
      ]
    },
  },
  Selu: {
    infer: same,
    // y = γ (x > 0 ? x : α (eˣ - 1)):  dx = dy (x > 0 ? γ : y + γ α)
    gradient: ({ g, dy, input, output }) => {
      const slope = g.Add(output, g.scalar(seluGamma * seluAlpha, dy.dtype))
      return [g.Mul(dy, g.Where(g.Greater(input(0), g.scalar(0, dy.dtype)), g.scalar(seluGamma, dy.dtype), slope))]
    },
  },
  Sigmoid: {
    infer: same,
    // y = 1 / (1 + e⁻ˣ):  dx = dy y (1 - y)
    gradient: ({ g, dy, output }) => [g.Mul(dy, g.Mul(output, g.Sub(g.scalar(1, dy.dtype), output)))],
  },
  Tanh: {
    infer: same,
    // y = tanh x:  dx = dy (1 - y²)
    gradient: ({ g, dy, output }) => [g.Mul(dy, g.Sub(g.scalar(1, dy.dtype), g.Mul(output, output)))],
  },
  Softplus: {
    infer: same,
    // y = ln(1 + eˣ):  dx = dy σ(x)
    gradient: ({ g, dy, input }) => [g.Mul(dy, g.Sigmoid(input(0)))],
  },
  Erf: {
    infer: same,
    // y = erf x:  dx = dy 2/√π e^(-x²)
    gradient: ({ g, dy, input }) => {
      const bell = g.Exp(g.Neg(g.Mul(input(0), input(0))))
      return [g.Mul(dy, g.Mul(bell, g.scalar(2 / Math.sqrt(Math.PI), dy.dtype)))]
    },
  },
  Softmax: {
    infer: same,
    // y = softmax x:  dx = y (dy - Σ dy y)
    gradient: ({ g, dy, output, node }) => {
      const axis = intAttribute(node.attributes, 'axis', -1)
      return [g.Mul(output, g.Sub(dy, g.ReduceSum(g.Mul(dy, output), [axis], true)))]
    },
  },
  LogSoftmax: {
    infer: same,
    // y = ln softmax x:  dx = dy - e^y Σ dy
    gradient: ({ g, dy, output, node }) => {
      const axis = intAttribute(node.attributes, 'axis', -1)
      return [g.Sub(dy, g.Mul(g.Exp(output), g.ReduceSum(dy, [axis], true)))]
    },
  },
}
