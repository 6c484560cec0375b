import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InitializerDefinition } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { createRandom } from '#engine/random.ts'
import { legalValues } from '../../support/settings.ts'
import { mean, sum } from '../../support/reals.ts'

function fill(
  definition: InitializerDefinition,
  shape: readonly number[],
  seed = 1,
  params = legalValues(definition, 0)[0]!,
) {
  const [fanIn, fanOut] = [shape.at(-2) ?? shape[0] ?? 1, shape.at(-1) ?? 1]
  return definition.fill({ shape, fanIn, fanOut, random: createRandom(seed, 'weights') }, params)
}

const deviation = (values: Float32Array) => Math.sqrt(mean(values.map((value) => value * value)) - mean(values) ** 2)

/** What each initializer promises of a [400, 100] kernel: its standard deviation, and the largest size of a number. */
const promises: Readonly<
  Record<string, { readonly deviation: number; readonly largest: number; readonly mean?: number }>
> = {
  zeros: { deviation: 0, largest: 0 },
  ones: { deviation: 0, largest: 1, mean: 1 },
  constant: { deviation: 0, largest: 0 },
  varianceScaling: truncated(1 / 400),
  randomUniform: uniform(0.05 ** 2 / 3),
  randomNormal: { deviation: 0.05, largest: Infinity },
  // Cutting at two deviations leaves 0.8796 of one.
  truncatedNormal: { deviation: 0.05 * 0.87962566103423978, largest: 0.1 },
  identity: { deviation: Math.sqrt(0.0025 - 0.0025 ** 2), largest: 1, mean: 0.0025 },
  glorotUniform: uniform(2 / 500),
  glorotNormal: truncated(2 / 500),
  heUniform: uniform(2 / 400),
  heNormal: truncated(2 / 400),
  lecunUniform: uniform(1 / 400),
  lecunNormal: truncated(1 / 400),
  orthogonal: { deviation: 1 / Math.sqrt(400), largest: 1 },
  unitForgetBias: { deviation: Math.sqrt(0.25 - 0.25 ** 2), largest: 1, mean: 0.25 },
}

function uniform(variance: number) {
  return { deviation: Math.sqrt(variance), largest: Math.sqrt(3 * variance) }
}

/** A normal distribution cut at two of its deviations, widened so that the cut one has the variance wanted. */
function truncated(variance: number) {
  return { deviation: Math.sqrt(variance), largest: (2 * Math.sqrt(variance)) / 0.87962566103423978 }
}

test('every initializer has promises to be held to', () => {
  expect(Object.keys(promises).toSorted()).toEqual(Object.keys(definitions.initializer).toSorted())
})

describe.each(Object.entries(definitions.initializer))('%s', (kind, definition) => {
  test('fills every shape, and the same seed gives the same bits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }), fc.nat(), (shape, seed) => {
        for (const params of legalValues(definition, 2)) {
          const values = fill(definition, shape, seed, params)
          expect(values).toBeInstanceOf(Float32Array)
          expect(values.length).toBe(shape.reduce((product, size) => product * size, 1))
          expect(values.every(Number.isFinite)).toBe(true)
          expect(fill(definition, shape, seed, params)).toEqual(values)
        }
      }),
      { seed: 1, numRuns: 20 },
    )
  })

  test('has the deviation and the bounds it promises', () => {
    const promise = promises[kind] ?? expect.fail(`${kind} promises nothing`)
    const values = fill(definition, [400, 100])
    const largest = values.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
    expect(Math.abs(deviation(values) - promise.deviation)).toBeLessThanOrEqual(0.02 * promise.deviation)
    expect(Math.abs(mean(values) - (promise.mean ?? 0))).toBeLessThanOrEqual(0.02 * promise.deviation)
    expect(largest).toBeLessThanOrEqual(promise.largest * (1 + 1e-6))
    if (/Uniform|Normal|Scaling/.test(kind))
      expect(largest).toBeGreaterThan(Math.min(promise.largest, 3 * promise.deviation) * 0.99)
  })

  test('gives other numbers for another seed, if they are random', () => {
    const [one, other] = [fill(definition, [4, 4], 1), fill(definition, [4, 4], 2)]
    const constant = promises[kind]?.deviation === 0 || ['identity', 'unitForgetBias'].includes(kind)
    expect(one.some((value, index) => value !== other[index])).toBe(!constant)
  })
})

test('the normal initializers follow the normal curve between their cuts', () => {
  const values = fill(definitions.initializer.heNormal!, [400, 100])
  const scale = Math.sqrt(2 / 400) / 0.87962566103423978
  const share = values.filter((value) => Math.abs(value) < scale).length / values.length
  // Φ(1) − Φ(−1), divided by Φ(2) − Φ(−2)
  expect(share).toBeCloseTo(0.6826894921 / 0.9544997361, 2)
})

test.each([
  [[6, 4], 1],
  [[4, 6], 1],
  [[5, 5], 2.5],
  [[2, 3, 4], 0.5],
  [[3], 1],
])('orthogonal gives %j vectors at right angles, of length %d', (shape, gain) => {
  const values = fill(definitions.initializer.orthogonal!, shape, 3, { gain })
  const columns = shape.at(-1)!
  const rows = values.length / columns
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
  const at = (vector: number, k: number) =>
    rows >= columns ? values[k * columns + vector]! : values[vector * columns + k]!
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      const product = sum(Array.from({ length }, (_, k) => at(a, k) * at(b, k)))
      expect(product / gain ** 2).toBeCloseTo(a === b ? 1 : 0, 6)
    }
  }
})

test.each([
  ['fan_in', 400],
  ['fan_out', 100],
  ['fan_avg', 250],
])('variance scaling by %s and each distribution has variance scale / %i', (mode, fan) => {
  for (const distribution of ['uniform', 'truncated_normal', 'untruncated_normal']) {
    const values = fill(definitions.initializer.varianceScaling!, [400, 100], 1, { scale: 3, mode, distribution })
    expect(deviation(values) / Math.sqrt(3 / fan), distribution).toBeCloseTo(1, 1)
  }
})

test('bounds, means and values are where they are asked for', () => {
  const between = fill(definitions.initializer.randomUniform!, [400, 100], 1, { minval: 2, maxval: 6 })
  expect([between.every((value) => value >= 2 && value < 6), Math.round(10 * mean(between))]).toEqual([true, 40])
  for (const kind of ['randomNormal', 'truncatedNormal']) {
    const around = fill(definitions.initializer[kind]!, [400, 100], 1, { mean: 5, stddev: 0.5 })
    expect(mean(around), kind).toBeCloseTo(5, 2)
  }
  expect([...fill(definitions.initializer.constant!, [2], 1, { value: 1.5 })]).toEqual([1.5, 1.5])
})

test.each([
  [
    [2, 3],
    [2, 0, 0, 0, 2, 0],
  ],
  [
    [3, 1, 2],
    [0, 0, 2, 0, 0, 0],
  ],
  [[2], [2, 2]],
])('identity of shape %j is the diagonal, in the middle of a convolution', (shape, expected) => {
  expect([...fill(definitions.initializer.identity!, shape, 1, { gain: 2 })]).toEqual(expected)
})

test('unitForgetBias is 1 for the second of four gates alone', () => {
  expect([...fill(definitions.initializer.unitForgetBias!, [8])]).toEqual([0, 0, 1, 1, 0, 0, 0, 0])
})
