/** Activation functions by kind: what Dense and Activation apply. */
import type { Value } from './graph/graph.ts'
import type { Builder } from './ops/builder.ts'

export const activationKinds = [
  'linear',
  'relu',
  'sigmoid',
  'tanh',
  'softmax',
  'elu',
  'selu',
  'softplus',
  'gelu',
  'swish',
  'leaky_relu',
] as const
export type ActivationKind = (typeof activationKinds)[number]

/** Applies an activation, elementwise but for softmax, which runs over the last axis. Slopes as Keras: leaky_relu 0.2. */
export function applyActivation(g: Builder, kind: ActivationKind, x: Value): Value {
  switch (kind) {
    case 'linear':
      return x
    case 'relu':
      return g.Relu(x)
    case 'sigmoid':
      return g.Sigmoid(x)
    case 'tanh':
      return g.Tanh(x)
    case 'softmax':
      return g.Softmax(x)
    case 'elu':
      return g.Elu(x, 1)
    case 'selu':
      return g.Selu(x)
    case 'softplus':
      return g.Softplus(x)
    // x Φ(x) = x/2 (1 + erf(x/√2)), the exact form (Hendrycks & Gimpel 2016)
    case 'gelu':
      return g.Mul(g.Mul(x, g.scalar(0.5)), g.Add(g.Erf(g.Mul(x, g.scalar(Math.SQRT1_2))), g.scalar(1)))
    // x σ(x) (Ramachandran et al. 2017)
    case 'swish':
      return g.Mul(x, g.Sigmoid(x))
    case 'leaky_relu':
      return g.LeakyRelu(x, 0.2)
  }
}
