/** What the losses of probabilities share: where logits are known they are used, and nothing overflows. */
import type { LossContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { flag } from '../params.ts'
import { rowMean } from '../rows.ts'

/** Keras' epsilon: probabilities are kept this far from 0 and 1 when there are no logits to go by. */
export const epsilon = 1e-7

export const crossEntropyParams = {
  fromLogits: flag({
    title: 'From logits',
    doc: 'The network puts out logits, without a final sigmoid or softmax.',
    default: false,
  }),
}

type Context = LossContext<typeof crossEntropyParams>

/** What went into the sigmoid or softmax; null where only probabilities are known. */
export function knownLogits({ params, prediction, logits }: Context, activation: 'Sigmoid' | 'Softmax'): Value | null {
  return params.fromLogits ? prediction : logits(activation)
}

/** ln p of every class; from logits z it is z - ln Σ e^z over the last axis. */
export function logProbabilities(context: Context): Value {
  const z = knownLogits(context, 'Softmax')
  return z ? context.g.LogSoftmax(z) : context.g.Log(normalized(context.g, context.prediction))
}

/** Probabilities that add up to 1 over the last axis and stay away from 0 and 1. */
export function normalized(g: Builder, prediction: Value): Value {
  const shares = g.Div(prediction, g.ReduceSum(prediction, [-1], true))
  return g.Clip(shares, g.scalar(epsilon), g.scalar(1 - epsilon))
}

/** -Σ y ln p over the last axis, averaged over a row's positions. */
export function categorical(context: Context): Value {
  const { g, target } = context
  return rowMean(g, g.Neg(g.ReduceSum(g.Mul(target, logProbabilities(context)), [-1])))
}

/** -(y ln p + (1 - y) ln(1 - p)) of every output; from logits z it is ln(1 + e^z) - z y. */
export function binaryEntropy(context: Context): Value {
  const { g, prediction, target } = context
  const z = knownLogits(context, 'Sigmoid')
  if (z) return g.Sub(g.Softplus(z), g.Mul(z, target))
  const one = g.scalar(1)
  const p = g.Clip(prediction, g.scalar(epsilon), g.scalar(1 - epsilon))
  const yes = g.Mul(target, g.Log(p))
  const no = g.Mul(g.Sub(one, target), g.Log(g.Sub(one, p)))
  return g.Neg(g.Add(yes, no))
}
