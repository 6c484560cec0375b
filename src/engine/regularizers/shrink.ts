import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'

/** Soft thresholding, sign(w) max(|w| - t, 0), written as w - clip(w, -t, t): exactly zero wherever |w| <= t. */
export function shrink(g: Builder, weight: Value, threshold: Value): Value {
  return g.Sub(weight, g.Max(g.Min(weight, threshold), g.Neg(threshold)))
}
