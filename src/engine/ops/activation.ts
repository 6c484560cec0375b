import { same } from './elementwise.ts'
import type { Value } from '../graph/graph.ts'
import { floatAttribute, intAttribute, textAttribute } from './attributes.ts'
import { type Op } from './op.ts'

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
  Hardmax: { infer: same, gradient: null },
  HardSigmoid: {
    infer: same,
    // y = min(max(α x + β, 0), 1):  dx = dy α [0 < y < 1]
    gradient: ({ g, dy, output, node }) => {
      const inside = g.And(g.Greater(output, g.scalar(0, dy.dtype)), g.Less(output, g.scalar(1, dy.dtype)))
      const alpha = g.scalar(floatAttribute(node.attributes, 'alpha', 0.2), dy.dtype)
      return [g.Mul(dy, g.Mul(g.Cast(inside, dy.dtype), alpha))]
    },
  },
  HardSwish: {
    infer: same,
    // y = x h, h = min(max(x/6 + 1/2, 0), 1):  dx = dy (h + x/6 [0 < h < 1])
    gradient: ({ g, dy, input }) => {
      const [zero, one] = [g.scalar(0, dy.dtype), g.scalar(1, dy.dtype)]
      const sixth = g.Mul(input(0), g.scalar(1 / 6, dy.dtype))
      const gate = g.Clip(g.Add(sixth, g.scalar(0.5, dy.dtype)), zero, one)
      const inside = g.Cast(g.And(g.Greater(gate, zero), g.Less(gate, one)), dy.dtype)
      return [g.Mul(dy, g.Add(gate, g.Mul(sixth, inside)))]
    },
  },
  Celu: {
    infer: same,
    // y = x > 0 ? x : α (e^(x/α) - 1):  dx = dy (x > 0 ? 1 : y/α + 1)
    gradient: ({ g, dy, input, output, node }) => {
      const [zero, one] = [g.scalar(0, dy.dtype), g.scalar(1, dy.dtype)]
      const share = g.Mul(output, g.scalar(1 / floatAttribute(node.attributes, 'alpha', 1), dy.dtype))
      return [g.Mul(dy, g.Where(g.Greater(input(0), zero), one, g.Add(share, one)))]
    },
  },
  Mish: {
    infer: same,
    // y = x t, t = tanh(ln(1 + eˣ)):  dx = dy (t + x (1 - t²) σ(x))
    gradient: ({ g, dy, input }) => {
      const x = input(0)
      const gate = g.Tanh(g.Softplus(x))
      const slope = g.Mul(g.Sub(g.scalar(1, dy.dtype), g.Mul(gate, gate)), g.Sigmoid(x))
      return [g.Mul(dy, g.Add(gate, g.Mul(x, slope)))]
    },
  },
  Softsign: {
    infer: same,
    // y = x / (1 + |x|):  dx = dy / (1 + |x|)²
    gradient: ({ g, dy, input }) => {
      const size = g.Add(g.Abs(input(0)), g.scalar(1, dy.dtype))
      return [g.Div(dy, g.Mul(size, size))]
    },
  },
  ThresholdedRelu: {
    infer: same,
    // y = x > α ? x : 0:  dx = dy [x > α]
    gradient: ({ g, dy, input, node }) => {
      const alpha = g.scalar(floatAttribute(node.attributes, 'alpha', 1), dy.dtype)
      return [g.Mul(dy, g.Cast(g.Greater(input(0), alpha), dy.dtype))]
    },
  },
  PRelu: {
    infer: same,
    // y = x > 0 ? x : s x:  dx = dy (x > 0 ? 1 : s),  ds = dy min(x, 0)
    gradient: ({ g, dy, input }) => {
      const zero = g.scalar(0, dy.dtype)
      const slope = g.Where(g.Greater(input(0), zero), g.scalar(1, dy.dtype), input(1))
      return [g.Mul(dy, slope), g.Mul(dy, g.Min(input(0), zero))]
    },
  },
  Gelu: {
    infer: same,
    // y = x Φ(x):  dx = dy (Φ(x) + x e^(-x²/2) / √2π)
    // or y = x (1 + t)/2, t = tanh u, u = √(2/π) (x + 0.044715 x³):  dx = dy ((1 + t)/2 + x (1 - t²)/2 √(2/π) (1 + 0.134145 x²))
    gradient: ({ g, dy, input, node }) => {
      const x = input(0)
      const number = (value: number): Value => g.scalar(value, dy.dtype)
      const square = g.Mul(x, x)
      if (textAttribute(node.attributes, 'approximate', 'none') === 'none') {
        const normal = g.Mul(g.Add(g.Erf(g.Mul(x, number(Math.SQRT1_2))), number(1)), number(0.5))
        const bell = g.Mul(g.Exp(g.Mul(square, number(-0.5))), number(1 / Math.sqrt(2 * Math.PI)))
        return [g.Mul(dy, g.Add(normal, g.Mul(x, bell)))]
      }
      const scale = Math.sqrt(2 / Math.PI)
      const inner = g.Mul(x, g.Add(g.Mul(square, number(0.044715 * scale)), number(scale)))
      const gate = g.Tanh(inner)
      const slope = g.Add(g.Mul(square, number(0.134145 * scale)), number(scale))
      const rest = g.Mul(g.Mul(x, slope), g.Sub(number(1), g.Mul(gate, gate)))
      return [g.Mul(dy, g.Mul(g.Add(g.Add(gate, number(1)), rest), number(0.5)))]
    },
  },
}
