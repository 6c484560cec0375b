import { describe, expect, test } from 'vitest'
import { betaQuantiles } from '#engine/beta.ts'
import { definitions } from '#engine/definitions.ts'
import type { MixedBatch } from '#engine/define.ts'
import type { Value } from '#engine/graph/graph.ts'
import { distance } from '../support/differences.ts'
import { Bench } from '../support/hooks.ts'
import { randoms, rowsOf } from '../support/reals.ts'

/** A quantile by the definition: where the area under the density from 0 reaches p, by many small steps. */
function quantile(p: number, density: (x: number) => number, steps = 200_000): number {
  const areas = Array.from({ length: steps }, (_, index) => density((index + 0.5) / steps) / steps)
  const whole = areas.reduce((sum, area) => sum + area, 0)
  let below = 0
  const found = areas.findIndex((area) => (below += area / whole) >= p)
  return (found + 0.5) / steps
}

describe('shares of two rows', () => {
  test('follow the arcsine law for α = ½, the line for 1, the closed forms there are', () => {
    const arcsine = betaQuantiles(0.5)
    const even = betaQuantiles(1)
    for (const index of [1, 400, 2048, 3600, 4095]) {
      expect(arcsine[index]).toBeCloseTo(Math.sin((Math.PI * index) / 8192) ** 2, 12)
      expect(even[index]).toBeCloseTo(index / 4096, 12)
    }
  })

  test.each([2, 3.5, 10])('for α = %d are where the area under the density says', (alpha) => {
    const quantiles = betaQuantiles(alpha)
    for (const index of [256, 1200, 2047, 2800, 4000])
      expect(quantiles[index]).toBeCloseTo(
        quantile(index / 4096, (x) => (x * (1 - x)) ** (alpha - 1)),
        4,
      )
  })

  test.each([0.05, 0.2, 0.4, 1, 2, 10])(
    'for α = %d have mean ½ and variance 1 / (4 (2α + 1)), drawn in straight lines',
    (alpha) => {
      const quantiles = betaQuantiles(alpha)
      let [mean, square] = [0, 0]
      for (let index = 0; index < 4096; index++) {
        const [a, b] = [quantiles[index]!, quantiles[index + 1]!]
        mean += (a + b) / 2 / 4096
        square += (a * a + a * b + b * b) / 3 / 4096
      }
      expect(mean).toBeCloseTo(0.5, 12)
      expect(square - mean * mean).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 4)
    },
  )
})

const rows = 6

/** What a technique makes of a batch, with the numbers it drew. */
function mixed(
  kind: string,
  params: Readonly<Record<string, number>>,
  shape: readonly number[],
  hidden: readonly string[],
  read: (batch: MixedBatch, bench: Bench) => readonly Value[],
) {
  const definition = definitions.regularizer[kind]
  if (!definition?.mix) throw new Error(`${kind} mixes nothing`)
  const bench = new Bench()
  const drawn: number[][] = []
  const random = bench.randomness((name, size) => {
    const numbers = randoms(`${kind} ${name}`, size, 0, 1)
    drawn.push(Array.from(numbers))
    return numbers
  })
  const size = shape.reduce((product, each) => product * each, 1)
  const x = randoms(`${kind} x`, rows * size)
  const y = Array.from({ length: rows * 3 }, (_, index) => Number(index % 3 === Math.floor(index / 3) % 3))
  const batch = definition.mix({
    ...bench.hooks(definition, params),
    batch: {
      inputs: new Map([['input', bench.feed('x', [rows, ...shape], x)]]),
      targets: new Map([['output', bench.feed('y', [rows, 3], y)]]),
    },
    hidden,
    indices: [],
    random,
    fail: (message) => expect.fail(message),
  })
  const results = bench.run(batch.inputs.get('input')!, batch.targets.get('output')!, ...read(batch, bench))
  return { x: rowsOf(x, size), y: rowsOf(y, 3), drawn, results: results.map(({ data }) => data) }
}

/** The partner of each row, from the uniform number it was drawn by. */
const partners = (u: number) => Array.from({ length: rows }, (_, row) => (row + 1 + Math.floor(u * (rows - 1))) % rows)

/** The share of each row: the quantile at its uniform number, in a straight line between two tabulated ones. */
const shares = (alpha: number, uniform: readonly number[]) =>
  uniform.map((u) => {
    const [index, quantiles] = [Math.floor(u * 4096), betaQuantiles(alpha)]
    return quantiles[index]! + (u * 4096 - index) * (quantiles[index + 1]! - quantiles[index]!)
  })

const blend = (values: readonly (readonly number[])[], partner: readonly number[], share: readonly number[]) =>
  values.flatMap((row, index) =>
    row.map((own, column) => share[index]! * own + (1 - share[index]!) * values[partner[index]!]![column]!),
  )

test.each([0.2, 1])('MixUp with α = %d mixes every row with another, inputs and targets by the same share', (alpha) => {
  const { x, y, drawn, results } = mixed('mixUp', { alpha }, [2, 2, 3], [], () => [])
  const [shift, uniform] = drawn
  const [partner, share] = [partners(shift![0]!), shares(alpha, uniform!)]
  expect(partner.every((other, row) => other !== row)).toBe(true)
  expect(distance(results[0]!, blend(x, partner, share))).toBeLessThan(1e-6)
  expect(distance(results[1]!, blend(y, partner, share))).toBeLessThan(1e-6)
})

test('manifold MixUp mixes at one drawn place alone, and the targets whatever the place', () => {
  const hidden = ['dense1', 'dense2', 'dense3']
  const seen = new Set<number>()
  for (const number of [0.1, 0.3, 0.6, 0.9]) {
    const definition = definitions.regularizer.manifoldMixUp!
    const bench = new Bench()
    const lists = [[0.5], randoms('shares', rows, 0, 1), [number]]
    const random = bench.randomness((name) => lists[Number(name.replace('drawn', ''))]!)
    const x = randoms('x', rows * 2)
    const h = randoms('h', rows * 4)
    const batch = definition.mix!({
      ...bench.hooks(definition, { alpha: 2 }),
      batch: {
        inputs: new Map([['input', bench.feed('x', [rows, 2], x)]]),
        targets: new Map([['output', bench.feed('y', [rows, 2], x)]]),
      },
      hidden,
      indices: [],
      random,
      fail: (message) => expect.fail(message),
    })
    const value = bench.feed('h', [rows, 4], h)
    const results = bench.run(
      batch.inputs.get('input')!,
      batch.targets.get('output')!,
      ...[...hidden, 'softmax1'].map((node) => batch.value!(node, value)),
    )
    const [partner, share] = [partners(0.5), shares(2, Array.from(lists[1]!))]
    const [input, target, ...others] = results.map(({ data }) => data)
    const place = Math.floor(number * 4)
    seen.add(place)
    const mixedX = blend(rowsOf(x, 2), partner, share)
    expect(distance(input!, place === 0 ? mixedX : x)).toBeLessThan(1e-6)
    expect(distance(target!, mixedX)).toBeLessThan(1e-6)
    others.forEach((data, index) =>
      expect(distance(data, place === index + 1 ? blend(rowsOf(h, 4), partner, share) : h)).toBeLessThan(1e-6),
    )
  }
  expect([...seen]).toEqual([0, 1, 2, 3])
})

test.each([[[5, 7, 2]], [[9, 2]]])(
  'CutMix pastes a box of another row of %j, and mixes the targets by its area',
  (shape) => {
    const { x, y, drawn, results } = mixed('cutMix', { alpha: 1 }, shape, [], () => [])
    const [shift, uniform, ...centers] = drawn
    const [partner, share] = [partners(shift![0]!), shares(1, uniform!)]
    const sizes = shape.slice(0, -1)
    const expected = x.map((row, index) => {
      const part = sizes.length === 1 ? 1 - share[index]! : Math.sqrt(1 - share[index]!)
      const box = sizes.map((size, axis) => {
        const center = Math.floor(centers[axis]![index]! * size)
        return [Math.floor(center - (part * size) / 2), Math.floor(center + (part * size) / 2)] as const
      })
      const channels = shape.at(-1)!
      const inside = row.map((_, at) => {
        const place = Math.floor(at / channels)
        const places = sizes.length === 1 ? [place] : [Math.floor(place / sizes[1]!), place % sizes[1]!]
        return places.every((each, axis) => each >= box[axis]![0] && each < box[axis]![1])
      })
      const area = inside.filter(Boolean).length / row.length
      const other = x[partner[index]!]!
      return { row: row.map((own, at) => (inside[at] ? other[at]! : own)), area }
    })
    expect(
      distance(
        results[0]!,
        expected.flatMap(({ row }) => row),
      ),
    ).toBe(0)
    const kept = expected.map(({ area }) => 1 - area)
    expect(distance(results[1]!, blend(y, partner, kept))).toBeLessThan(1e-6)
    expect(new Set(kept).size).toBeGreaterThan(2)
  },
)
