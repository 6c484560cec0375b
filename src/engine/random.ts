/** Seeded random numbers: the same seed and name give the same bits on every machine and in every shell. */

/** Uniform and normal numbers from a seeded stream. */
export interface RandomStream {
  /** In [0, 1), 53 bits. */
  uniform(): number
  /** Mean 0, variance 1. */
  normal(): number
}

/** Spreads every input bit over all 32 (the constants are lowbias32's, by Chris Wellons). */
export function mix(word: number): number {
  let bits = word >>> 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d)
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** FNV-1a over the UTF-16 units of a name. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

const sqrtHalf = Math.SQRT1_2
const ln2 = Math.LN2

/** Natural logarithm by arithmetic alone: `Math.log` may differ in the last bit from one platform to the next. */
function logarithm(x: number): number {
  let exponent = 0
  let mantissa = x
  while (mantissa < sqrtHalf) {
    mantissa *= 2
    exponent--
  }
  while (mantissa >= Math.SQRT2) {
    mantissa /= 2
    exponent++
  }
  // ln m = 2 atanh z with z = (m - 1)/(m + 1), |z| < 0.172: eleven terms reach the last bit of a double.
  const z = (mantissa - 1) / (mantissa + 1)
  const square = z * z
  let sum = 0
  for (let power = 21; power >= 1; power -= 2) sum = sum * square + 1 / power
  return exponent * ln2 + 2 * z * sum
}

/** A stream of its own for each seed (uint32) and name: xoshiro128**, by David Blackman and Sebastiano Vigna. */
export function createRandom(seed: number, name: string): RandomStream {
  const key = hashName(name)
  let a = mix(seed ^ 0x9e3779b9)
  let b = mix(a + key)
  let c = mix(b ^ (seed >>> 0))
  let d = mix(c + mix(key)) | 1
  let spare: number | null = null

  const next = (): number => {
    const scrambled = Math.imul(b, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
  const uniform = (): number => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000

  return {
    /** In [0, 1), 53 bits. */
    uniform,
    /** Mean 0, variance 1, by Marsaglia's polar method. */
    normal() {
      if (spare !== null) {
        const value = spare
        spare = null
        return value
      }
      for (;;) {
        const x = 2 * uniform() - 1
        const y = 2 * uniform() - 1
        const radius = x * x + y * y
        if (radius >= 1 || radius === 0) continue
        const scale = Math.sqrt((-2 * logarithm(radius)) / radius)
        spare = y * scale
        return x * scale
      }
    },
  }
}

/** The numbers 0 to `count` - 1 in a random order (Fisher-Yates). */
export function shuffled(count: number, random: RandomStream): Uint32Array {
  const order = new Uint32Array(count)
  for (let index = 0; index < count; index++) {
    const other = Math.floor(random.uniform() * (index + 1))
    order[index] = order[other] ?? 0
    order[other] = index
  }
  return order
}

/** The same as a pure function of seed and name. */
export function permutation(count: number, seed: number, name: string): Uint32Array {
  return shuffled(count, createRandom(seed, name))
}
