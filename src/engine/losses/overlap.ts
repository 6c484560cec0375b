/** What the losses of overlapping areas share: sums over all outputs of all rows of a batch. */
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { rowMean } from '../rows.ts'
import { epsilon } from './crossEntropy.ts'

/** Σ y p, and how to divide areas that may be empty. */
export function overlap(g: Builder, prediction: Value, target: Value) {
  return {
    both: g.ReduceSum(g.Mul(target, prediction), null),
    share: (part: Value, whole: Value): Value => g.Div(part, g.Add(whole, g.scalar(epsilon))),
  }
}

/** A number of the whole batch as the loss of each of its rows, [batch]. */
export function ofBatch(g: Builder, value: Value, prediction: Value): Value {
  return g.Expand(value, rowMean(g, prediction))
}
