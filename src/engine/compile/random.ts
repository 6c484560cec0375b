/** Random numbers inside the graph: counter-based, so that a mask is a function of seed, step and node alone. */
import type { Randomness } from '../define.ts'
import { GraphError, sizeOf, type Shape, type Value } from '../graph/graph.ts'
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
 * A random uint32 word for each element of a shape whose every size is known; `name` tells the streams of one step apart.
 *
 * Element i is b_i a + c: b is a fixed random word per element, a (odd) and c are hashes of seed, step and name. That is
 * multiply-shift hashing (Dietzfelbinger et al. 1997), pairwise independent over the steps in its high bits, in two passes;
 * hashing each element anew takes thirteen, at four times the cost.
 */
function words(g: Builder, key: Value, name: string, shape: Shape, series: number): Value {
  const known = shape.map((dim) => sizeOf([dim]))
  const salt = hashName(name)
  const word = (salt: number): Value => hash(g, g.BitwiseXor(key, g.scalar(salt, 'uint32')))
  const odd = g.Add(g.Mul(word(salt), g.scalar(2, 'uint32')), g.scalar(1, 'uint32'))
  return g.Add(g.Mul(g.noise(known, series), odd), word(mix(salt)))
}

/** The upper 24 bits of random words as float32 from 0 to below 1. */
function fractions(g: Builder, bits: Value): Value {
  return g.Mul(g.Cast(g.BitShift(bits, g.scalar(8, 'uint32'), 'RIGHT'), 'float32'), g.scalar(2 ** -24))
}

/** Random values of one step by the name of their stream, of shapes whose every size is known. */
export interface Draws {
  /** 0 with probability `rate` (float32 scalar, below 1), else 1. */
  mask(name: string, shape: Shape, rate: Value): Value
  /** From 0 to below 1. */
  uniform(name: string, shape: Shape): Value
  /** Mean 0, variance 1. */
  normal(name: string, shape: Shape): Value
}

/** The random values that follow from a step's key. */
export function drawsOf(g: Builder, key: Value): Draws {
  const uniform = (name: string, shape: Shape, series = 1): Value => fractions(g, words(g, key, name, shape, series))
  return {
    // kept where the word >= rate 2³²
    mask: (name, shape, rate) => {
      const threshold = g.Cast(g.Mul(rate, g.scalar(2 ** 32)), 'uint32')
      return g.Cast(g.GreaterOrEqual(words(g, key, name, shape, 0), threshold), 'float32')
    },
    uniform: (name, shape) => uniform(name, shape),
    // Box & Muller 1958: √(-2 ln(1 - u)) cos 2πv and √(-2 ln(1 - u)) sin 2πv, u and v from 0 to below 1
    normal: (name, shape) => {
      const size = sizeOf(shape)
      const half = [Math.ceil(size / 2)]
      const radius = g.Sqrt(g.Mul(g.Log(g.Sub(g.scalar(1), uniform(`${name}/radius`, half, 2))), g.scalar(-2)))
      const angle = g.Mul(uniform(`${name}/angle`, half, 3), g.scalar(2 * Math.PI))
      const both = g.Concat([g.Mul(radius, g.Cos(angle)), g.Mul(radius, g.Sin(angle))], 0)
      return g.Reshape(size % 2 === 0 ? both : g.Slice(both, [0], [size], [0]), shape.map(Number))
    },
  }
}

/** Random values for one place of the graph, each draw of a stream of its own; null where nothing is random. */
export function randomnessOf(g: Builder, draws: Draws | null, name: string): Randomness {
  let drawn = 0
  const draw = (like: Shape | Value, make: (draws: Draws, stream: string, shape: Shape) => Value): Value => {
    if (!draws) throw new GraphError(`${name} wants random numbers where nothing is random`)
    drawn += 1
    const stream = drawn === 1 ? name : `${name}.draw${drawn}`
    return 'name' in like ? g.inLayoutOf(like, (shape) => make(draws, stream, shape)) : make(draws, stream, like)
  }
  return {
    mask: (like, rate) => draw(like, (source, stream, shape) => source.mask(stream, shape, rate)),
    uniform: (like) => draw(like, (source, stream, shape) => source.uniform(stream, shape)),
    normal: (like) => draw(like, (source, stream, shape) => source.normal(stream, shape)),
  }
}
