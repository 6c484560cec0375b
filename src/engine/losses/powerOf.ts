import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'

/** Below this a power's slope could overflow float32; what is less counts as this and has no slope. */
const least = 1e-30

/** x^exponent of x from 0 to 1, with a slope that is finite at 0 too. */
export function powerOf(g: Builder, x: Value, exponent: number): Value {
  return exponent === 0 ? g.scalar(1) : g.Pow(g.Clip(x, g.scalar(least), null), g.scalar(exponent))
}
