/** Random numbers inside the graph: counter-based, so that a mask is a function of seed, step and node alone. */
import { sizeOf, type Shape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { hashName, mix } from '../random.ts'

/** The hash of random.ts in uint32 ops: h ^= h >> 16, h *= c₁, h ^= h >> 15, h *= c₂, h ^= h >> 16. */
function hash(g: Builder, bits: Value): Value {
  const uint = (value: number): Value => g.scalar(value, 'uint32')
  const fold = (value: Value, shift: number): Value => g.BitwiseXor(value, g.BitShift(value, uint(shift), 'RIGHT'))
  const first = g.Mul(fold(bits, 16), uint(0x7feb352d))
  return fold(g.Mul(fold(first, 15), uint(0x846ca68b)), 16)
}

/** The step's own key: a hash of the run's seed (uint32) and the count of steps before (int64), both scalars. */
export function stepKey(g: Builder, seed: Value, iteration: Value): Value {
  const golden = g.scalar(0x9e3779b9, 'uint32')
  return hash(g, g.Add(g.Mul(g.Cast(iteration, 'uint32'), golden), hash(g, seed)))
}

/**
 * 0 with probability `rate` (float32 scalar, below 1), else 1, of a shape whose every size is known; `name` tells the streams
 * of one step apart.
 *
 * Element i is kept where a bᵢ + c >= rate 2³² in uint32: b is a fixed random word per element, a (odd) and c are hashes of
 * seed, step and name. That is multiply-shift hashing (Dietzfelbinger et al. 1997), pairwise independent over the steps, in
 * two passes; hashing each element anew takes thirteen, at four times the cost.
 */
export function mask(g: Builder, key: Value, name: string, shape: Shape, rate: Value): Value {
  const known = shape.map((dim) => sizeOf([dim]))
  const salt = hashName(name)
  const word = (salt: number): Value => hash(g, g.BitwiseXor(key, g.scalar(salt, 'uint32')))
  const odd = g.Add(g.Mul(word(salt), g.scalar(2, 'uint32')), g.scalar(1, 'uint32'))
  const bits = g.Add(g.Mul(g.noise(known), odd), word(mix(salt)))
  const threshold = g.Cast(g.Mul(rate, g.scalar(2 ** 32)), 'uint32')
  return g.Cast(g.GreaterOrEqual(bits, threshold), 'float32')
}
