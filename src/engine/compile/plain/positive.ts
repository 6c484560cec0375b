/** 1 where a number is above 0, else 0, in one pass: what the gradient of ReLU multiplies by. */
import type { Node, Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'

/** So steep that every positive number but subnormal ones reaches 1. */
const slope = 3e38

/** 1 where x > 0, else 0, as float32. */
export const positive = (g: Builder, x: Value): Value => g.HardSigmoid(x, slope, 0)

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
