/** Random numbers inside the graph: a counter-based hash, so that a mask is a function of seed, step and node alone. */
import { sizeOf, type Shape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { hashName } from '../random.ts'

/** lowbias32 by Chris Wellons: h ^= h >> 16, h *= c₁, h ^= h >> 15, h *= c₂, h ^= h >> 16, in uint32. */
function hash(g: Builder, bits: Value): Value {
  const uint = (value: number): Value => g.scalar(value, 'uint32')
  const fold = (value: Value, shift: number): Value => g.BitwiseXor(value, g.BitShift(value, uint(shift), 'RIGHT'))
  const first = g.Mul(fold(bits, 16), uint(0x7feb352d))
  return fold(g.Mul(fold(first, 15), uint(0x846ca68b)), 16)
}

/** The step's own key: a hash of the run's seed (uint32) and the count of steps before (int64), both scalars. */
export function stepKey(g: Builder, seed: Value, iteration: Value): Value {
  return hash(g, g.BitwiseXor(hash(g, g.Cast(iteration, 'uint32')), seed))
}

/** Uniform numbers in [0, 1) with 24 bits, of a shape whose every size is known; `name` tells streams of one step apart. */
export function uniform(g: Builder, key: Value, name: string, shape: Shape): Value {
  const stream = hash(g, g.BitwiseXor(key, g.scalar(hashName(name), 'uint32')))
  const known = shape.map((dim) => sizeOf([dim]))
  const bits = hash(g, g.BitwiseXor(g.counter(known), stream))
  return g.Mul(g.Cast(g.BitShift(bits, g.scalar(8, 'uint32'), 'RIGHT'), 'float32'), g.scalar(2 ** -24))
}
