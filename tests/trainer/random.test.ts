import { describe, expect, test } from 'vitest'
import { createRandom, permutation } from '#engine/random.ts'

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length }
}
const draw = (count: number, next: () => number): number[] => Array.from({ length: count }, next)

describe('random streams', () => {
  test('give the numbers they always gave', () => {
    const { uniform, normal } = createRandom(7, 'dense1/kernel')
    expect(draw(2, uniform)).toEqual([0.36891391134386387, 0.21918754987352118])
    expect(draw(2, normal)).toEqual([-1.3840212230333415, -1.0227190197350517])
  })

  test('differ with seed and with name', () => {
    const first = draw(4, createRandom(1, 'a').uniform)
    expect(draw(4, createRandom(1, 'a').uniform)).toEqual(first)
    expect(draw(4, createRandom(2, 'a').uniform)).not.toEqual(first)
    expect(draw(4, createRandom(1, 'b').uniform)).not.toEqual(first)
  })

  test('uniform numbers fill [0, 1) evenly', () => {
    const values = draw(20_000, createRandom(3, 'u').uniform)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    const { mean, variance } = moments(values)
    expect(mean).toBeCloseTo(0.5, 1)
    expect(variance).toBeCloseTo(1 / 12, 2)
  })

  test('normal numbers have mean 0 and variance 1, and two in a hundred lie beyond 2.33', () => {
    const values = draw(20_000, createRandom(3, 'n').normal)
    const { mean, variance } = moments(values)
    expect(mean).toBeCloseTo(0, 1)
    expect(variance).toBeCloseTo(1, 1)
    expect(values.filter((value) => Math.abs(value) > 2.326).length / values.length).toBeCloseTo(0.02, 2)
  })

  test('permutations hold every number once, and every place is equally likely', () => {
    const order = permutation(1000, 5, 'shuffle/0')
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index))
    const firsts = new Array<number>(4).fill(0)
    for (let seed = 0; seed < 4000; seed++) {
      const first = permutation(4, seed, 'p')[0] ?? 0
      firsts[first] = (firsts[first] ?? 0) + 1
    }
    for (const count of firsts) expect(count / 4000).toBeCloseTo(0.25, 1)
  })
})
