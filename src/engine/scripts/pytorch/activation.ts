/** Espalier's activations in PyTorch. */
import type { ActivationKind } from '../../activations.ts'

/** By kind: the expression, `x` standing for the value and `axis` for the last axis in its layout. */
const expressions: Readonly<Record<ActivationKind, string>> = {
  linear: 'x',
  relu: 'F.relu(x)',
  sigmoid: 'torch.sigmoid(x)',
  tanh: 'torch.tanh(x)',
  softmax: 'torch.softmax(x, axis)',
  elu: 'F.elu(x)',
  selu: 'F.selu(x)',
  softplus: 'F.softplus(x)',
  gelu: 'F.gelu(x)',
  gelu_tanh: 'F.gelu(x, approximate="tanh")',
  swish: 'F.silu(x)',
  leaky_relu: 'F.leaky_relu(x, 0.2)',
  relu6: 'F.relu6(x)',
  celu: 'F.celu(x)',
  exponential: 'torch.exp(x)',
  hard_sigmoid: 'F.hardsigmoid(x)',
  hard_silu: 'F.hardswish(x)',
  hard_tanh: 'F.hardtanh(x)',
  hard_shrink: 'F.hardshrink(x)',
  soft_shrink: 'F.softshrink(x)',
  tanh_shrink: 'F.tanhshrink(x)',
  log_sigmoid: 'F.logsigmoid(x)',
  log_softmax: 'torch.log_softmax(x, axis)',
  mish: 'F.mish(x)',
  softsign: 'F.softsign(x)',
  squareplus: 'squareplus(x)',
  sparse_plus: 'sparse_plus(x)',
  sparse_sigmoid: 'torch.clamp((x + 1) / 2, 0, 1)',
}

const isKind = (kind: string): kind is ActivationKind => Object.hasOwn(expressions, kind)

/** `F.relu(x)` of an expression; `axis` is where the channels are. */
export function activated(kind: string, x: string, axis = '-1'): string {
  const expression = isKind(kind) ? expressions[kind] : 'x'
  return expression.replaceAll(/\bx\b/g, x).replaceAll(/\baxis\b/g, axis)
}

/** An activation as a function of Python, for modules that are given one. */
export const activationFunction = (kind: string): string =>
  kind === 'linear' ? 'lambda x: x' : `lambda x: ${activated(kind, 'x')}`
