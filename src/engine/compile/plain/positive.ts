/** On which side of 0 a number is: what the gradients of ReLU and |x| multiply by. */
import type { Node, Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'

/** So steep that every positive number but subnormal ones reaches 1. */
const slope = 3e38

/** 1 where x > 0, else 0, as float32. */
export const positive = (g: Builder, x: Value): Value => g.HardSigmoid(x, slope, 0)

/** -1, 0 or 1 as x is below, at or above 0: two passes over several threads where the runtime's Sign takes one, six times as long. */
export const signOf = (g: Builder, x: Value): Value => g.Clip(g.Mul(x, g.scalar(slope)), g.scalar(-1), g.scalar(1))

/** The x of which a node is Cast(x > 0) to float32; null where it is anything else. */
export function comparedWithZero(
  cast: Node | undefined,
  producerOf: (value: Value | null | undefined) => Node | undefined,
  constantOf: Builder['constantOf'],
): Value | null {
  if (cast?.op !== 'Cast' || cast.outputs[0]?.dtype !== 'float32') return null
  const greater = producerOf(cast.inputs[0])
  const [x, bound] = greater?.op === 'Greater' ? greater.inputs : []
  if (!x || !bound || x.dtype !== 'float32' || bound.shape.length > 0) return null
  const zero = constantOf(bound)
  return zero && Number(zero.data[0]) === 0 ? x : null
}
