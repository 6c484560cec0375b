/** What the cross-entropies share: rows from logits, or from probabilities where there are none. */
import type { Value } from '../graph/graph.ts'
import { flag } from '../params.ts'
import type { LossContext } from '../define.ts'
import type { Builder } from '../ops/builder.ts'
import { rowMean } from './rowMean.ts'

/** Keras' epsilon: probabilities are kept this far from 0 and 1 when there are no logits to go by. */
const epsilon = 1e-7

export const crossEntropyParams = {
  fromLogits: flag({
    title: 'From logits',
    doc: 'The network puts out logits, without a final sigmoid or softmax.',
    default: false,
  }),
}

/** -Σ y ln p per row over the last axis; from logits z, ln p = z - ln Σ e^z, which overflows nowhere. */
export function categorical({ g, params, prediction, logits, target }: LossContext<typeof crossEntropyParams>): Value {
  const z = params.fromLogits ? prediction : logits('Softmax')
  const logProbabilities = z ? g.LogSoftmax(z) : g.Log(normalized(g, prediction))
  const perPosition = g.Neg(g.ReduceSum(g.Mul(target, logProbabilities), [-1]))
  return rowMean(g, perPosition)
}

/** Probabilities that add up to 1 and stay away from 0 and 1. */
function normalized(g: Builder, prediction: Value): Value {
  const shares = g.Div(prediction, g.ReduceSum(prediction, [-1], true))
  return g.Clip(shares, g.scalar(epsilon), g.scalar(1 - epsilon))
}

/** -(y ln p + (1 - y) ln(1 - p)), averaged over a row's outputs; from logits z it is ln(1 + e^z) - z y. */
export function binary({ g, params, prediction, logits, target }: LossContext<typeof crossEntropyParams>): Value {
  const z = params.fromLogits ? prediction : logits('Sigmoid')
  if (z) return rowMean(g, g.Sub(g.Softplus(z), g.Mul(z, target)))
  const one = g.scalar(1)
  const p = g.Clip(prediction, g.scalar(epsilon), g.scalar(1 - epsilon))
  const yes = g.Mul(target, g.Log(p))
  const no = g.Mul(g.Sub(one, target), g.Log(g.Sub(one, p)))
  return rowMean(g, g.Neg(g.Add(yes, no)))
}
