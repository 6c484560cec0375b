/** Every activation that acts on single numbers, from its own formula. */
import { sigmoid, sum } from '../../../support/reals.ts'

const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high)

export const activations: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  sigmoid,
  tanh: (x) => 1 - 2 / (1 + Math.exp(2 * x)),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1)),
  softplus: (x) => Math.log(1 + Math.exp(x)),
  swish: (x) => x / (1 + Math.exp(-x)),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  // x Φ(x), Φ by Simpson's rule over the normal density
  gelu: (x) => {
    const steps = 400
    const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)
    const inner = Array.from({ length: steps + 1 }, (_, k) => {
      const weight = k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2
      return weight * density((k * x) / steps)
    })
    return x * (0.5 + (sum(inner) * x) / steps / 3)
  },
  gelu_tanh: (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
  relu6: (x) => clip(x, 0, 6),
  celu: (x) => Math.max(x, 0) + Math.expm1(Math.min(x, 0)),
  exponential: (x) => Math.E ** x,
  hard_sigmoid: (x) => clip(x + 3, 0, 6) / 6,
  hard_silu: (x) => (x < -3 ? 0 : x > 3 ? x : (x * (x + 3)) / 6),
  hard_tanh: (x) => clip(x, -1, 1),
  hard_shrink: (x) => (Math.abs(x) > 0.5 ? x : 0),
  soft_shrink: (x) => Math.sign(x) * Math.max(Math.abs(x) - 0.5, 0),
  tanh_shrink: (x) => x - Math.sinh(x) / Math.cosh(x),
  log_sigmoid: (x) => Math.log(sigmoid(x)),
  mish: (x) => x * (1 - 2 / ((1 + Math.exp(x)) ** 2 + 1)),
  softsign: (x) => x / (Math.abs(x) + 1),
  squareplus: (x) => x / 2 + Math.hypot(x / 2, 1),
  sparse_plus: (x) => (x <= -1 ? 0 : x < 1 ? ((x + 1) / 2) ** 2 : x),
  sparse_sigmoid: (x) => clip((x + 1) / 2, 0, 1),
}
