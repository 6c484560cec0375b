import { describe, expect, test } from 'vitest'
import { definitions } from '#engine/definitions.ts'
import { distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { randoms, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

type Params = Readonly<Record<string, unknown>>

/** keras/src/constraints/constraints.py: what becomes of one weight in a group of this norm. */
const references: Readonly<Record<string, (weight: number, norm: number, params: Params) => number>> = {
  maxNorm: (w, norm, { limit }) => (w * Math.min(Math.max(norm, 0), Number(limit))) / (1e-7 + norm),
  minMaxNorm: (w, norm, params) => {
    const [low, high, rate] = ['minValue', 'maxValue', 'rate'].map((name) => Number(params[name])) as [
      number,
      number,
      number,
    ]
    return (w * (rate * Math.min(Math.max(norm, low), high) + (1 - rate) * norm)) / (1e-7 + norm)
  },
  unitNorm: (w, norm) => w / (1e-7 + norm),
  nonNeg: (w) => Math.max(w, 0),
}

test('every constraint is written out by hand', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(definitions.constraint).toSorted())
})

/** The norm of the group each element belongs to: all elements that differ from it only along these axes. */
function normsOf(weight: ArrayLike<number>, shape: readonly number[], axis: readonly number[]): number[] {
  const axes = axis.map((each) => (each < 0 ? each + shape.length : each))
  const positions = Array.from(weight, (_, index) => {
    let rest = index
    return shape
      .toReversed()
      .map((size) => {
        const at = rest % size
        rest = (rest - at) / size
        return at
      })
      .toReversed()
  })
  const group = positions.map((position) => position.filter((_, each) => !axes.includes(each)).join())
  return group.map((own) =>
    Math.sqrt(sum(Array.from(weight, (value, index) => (group[index] === own ? value * value : 0)))),
  )
}

describe.each(Object.entries(definitions.constraint))('%s', (kind, definition) => {
  test.each([
    [[4], [0]],
    [[3, 4], [0]],
    [[3, 4], [1]],
    [[3, 4], [-1]],
    [
      [3, 3, 2, 4],
      [0, 1, 2],
    ],
    [
      [3, 4],
      [0, 1],
    ],
  ])('makes of a weight %j, norms over %j, what its formula says, small weights and large ones', (shape, axis) => {
    const reference = references[kind] ?? expect.fail(`${kind} has no formula`)
    const size = shape.reduce((a, b) => a * b)
    for (const scale of [0.01, 1, 100]) {
      for (const params of legalValues(definition, 8).map((each) => ({ ...each, axis }))) {
        const weight = randoms(kind, size, -scale, scale)
        const bench = new Bench()
        const changed = definition.build({ ...bench.hooks(definition, params), weight: bench.feed('w', shape, weight) })
        expect(changed.shape).toEqual(shape)
        const norms = normsOf(weight, shape, axis)
        const expected = weight.map((w, index) => reference(w, norms[index]!, params))
        // The 1e-7 that keeps a norm of 0 from being divided by is a float32 constant.
        expect(distance(bench.data(changed), expected)).toBeLessThan(1e-12)
      }
    }
  })

  test('leaves weights of zero at zero', () => {
    const bench = new Bench()
    const params = legalValues(definition, 0)[0]!
    const weight = bench.feed('w', [2, 2], [0, 0, 0, 0])
    expect([...bench.data(definition.build({ ...bench.hooks(definition, params), weight }))]).toEqual([0, 0, 0, 0])
  })

  test('says how Keras writes it', () => {
    expect(definition.keras?.class.toLowerCase()).toBe(kind.toLowerCase())
  })
})

test('limits that exclude each other are refused', () => {
  const conflict = definitions.constraint.minMaxNorm!.conflict
  expect(conflict?.({ minValue: 2, maxValue: 1, rate: 1, axis: [0] })?.param).toBe('minValue')
  expect(conflict?.({ minValue: 1, maxValue: 1, rate: 1, axis: [0] })).toBeNull()
})
