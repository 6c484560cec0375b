/** Activation functions by kind: what layers apply to each number they give. */
import type { Value } from './graph/graph.ts'
import type { Builder } from './ops/builder.ts'

/** By kind, which is Keras' name (gelu_tanh apart, which Keras writes as gelu with `approximate`). */
const functions = {
  linear: (_, x) => x,
  relu: (g, x) => g.Relu(x),
  sigmoid: (g, x) => g.Sigmoid(x),
  tanh: (g, x) => g.Tanh(x),
  // eˣ / Σ eˣ
  softmax: (g, x) => g.Softmax(x),
  // x > 0 ? x : eˣ - 1 (Clevert et al. 2016)
  elu: (g, x) => g.Elu(x, 1),
  // γ (x > 0 ? x : α (eˣ - 1)) (Klambauer et al. 2017)
  selu: (g, x) => g.Selu(x),
  // ln(1 + eˣ)
  softplus: (g, x) => g.Softplus(x),
  // x Φ(x) = x/2 (1 + erf(x/√2)), the exact form (Hendrycks & Gimpel 2016)
  gelu: (g, x) => g.Mul(g.Mul(x, g.scalar(0.5)), g.Add(g.Erf(g.Mul(x, g.scalar(Math.SQRT1_2))), g.scalar(1))),
  // x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), their approximation
  gelu_tanh: (g, x) => {
    const cube = g.Mul(g.Mul(g.Mul(x, x), x), g.scalar(0.044715))
    const inner = g.Mul(g.Add(x, cube), g.scalar(Math.sqrt(2 / Math.PI)))
    return g.Mul(g.Mul(x, g.scalar(0.5)), g.Add(g.Tanh(inner), g.scalar(1)))
  },
  // x σ(x) (Ramachandran et al. 2017), which Keras also calls silu
  swish: (g, x) => g.Mul(x, g.Sigmoid(x)),
  // x > 0 ? x : 0.2 x
  leaky_relu: (g, x) => g.LeakyRelu(x, 0.2),
  // min(max(x, 0), 6)
  relu6: (g, x) => g.Clip(g.Relu(x), null, g.scalar(6)),
  // α = 1 makes it the same as elu (Barron 2017)
  celu: (g, x) => g.Elu(x, 1),
  exponential: (g, x) => g.Exp(x),
  // min(max(x/6 + 1/2, 0), 1)
  hard_sigmoid: (g, x) => g.HardSigmoid(x, 1 / 6, 0.5),
  // x min(max(x/6 + 1/2, 0), 1) (Howard et al. 2019)
  hard_silu: (g, x) => g.Mul(x, g.HardSigmoid(x, 1 / 6, 0.5)),
  // min(max(x, -1), 1)
  hard_tanh: (g, x) => g.Clip(x, g.scalar(-1), g.scalar(1)),
  // |x| > 1/2 ? x : 0
  hard_shrink: (g, x) => g.Where(g.Greater(g.Abs(x), g.scalar(0.5)), x, g.scalar(0)),
  // x - min(max(x, -1/2), 1/2)
  soft_shrink: (g, x) => g.Sub(x, g.Clip(x, g.scalar(-0.5), g.scalar(0.5))),
  // x - tanh x
  tanh_shrink: (g, x) => g.Sub(x, g.Tanh(x)),
  // ln σ(x) = -ln(1 + e⁻ˣ)
  log_sigmoid: (g, x) => g.Neg(g.Softplus(g.Neg(x))),
  log_softmax: (g, x) => g.LogSoftmax(x),
  // x tanh(ln(1 + eˣ)) (Misra 2019)
  mish: (g, x) => g.Mul(x, g.Tanh(g.Softplus(x))),
  // x / (1 + |x|)
  softsign: (g, x) => g.Softsign(x),
  // (x + √(x² + 4)) / 2 (Barron 2021)
  squareplus: (g, x) => g.Mul(g.Add(x, g.Sqrt(g.Add(g.Mul(x, x), g.scalar(4)))), g.scalar(0.5)),
  // x ≥ 1 ? x : x ≤ -1 ? 0 : (x + 1)²/4, as max(x, 1) - 1 + (min(max(x, -1), 1) + 1)²/4
  sparse_plus: (g, x) => {
    const middle = g.Add(g.Clip(x, g.scalar(-1), g.scalar(1)), g.scalar(1))
    return g.Add(g.Relu(g.Sub(x, g.scalar(1))), g.Mul(g.Mul(middle, middle), g.scalar(0.25)))
  },
  // min(max((x + 1)/2, 0), 1)
  sparse_sigmoid: (g, x) => g.Clip(g.Mul(g.Add(x, g.scalar(1)), g.scalar(0.5)), g.scalar(0), g.scalar(1)),
} satisfies Readonly<Record<string, (g: Builder, x: Value) => Value>>

export type ActivationKind = keyof typeof functions

const isKind = (name: string): name is ActivationKind => Object.hasOwn(functions, name)
export const activationKinds: readonly ActivationKind[] = Object.keys(functions).filter(isKind)

/** Applies an activation, elementwise but for the softmax family, which runs over the last axis. Slopes as Keras: leaky_relu 0.2. */
export function applyActivation(g: Builder, kind: ActivationKind, x: Value): Value {
  return functions[kind](g, x)
}
