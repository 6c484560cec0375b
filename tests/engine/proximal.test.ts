/**
 * Where proximal steps lead: least squares with an orthogonal design, whose lasso, elastic net and group lasso are known in
 * closed form, trained to the end by graphs of the compiler.
 */
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { Setting } from '#engine/project/project.ts'
import { groupShrink } from '#engine/regularizers/groupShrink.ts'
import { distance } from '../support/differences.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { Bench } from '../support/hooks.ts'
import { chain, setting } from '../support/projects.ts'
import { array, randoms, rowsOf, sum } from '../support/reals.ts'

const rows = 8
const features = 6
const units = 4

/** Columns of a Hadamard matrix: XᵀX = 8 I. */
const design = Array.from({ length: rows * features }, (_, place) => {
  const [row, column] = [Math.floor(place / features), (place % features) + 1]
  const shared = row & column
  return (shared ^ (shared >> 1) ^ (shared >> 2)) & 1 ? -1 : 1
})

/** What least squares finds without regularization: small and large weights, a weak unit and a weak input. */
const free = randoms('least squares', features * units, -1, 1).map((w, place) => {
  const [input, unit] = [Math.floor(place / units), place % units]
  return (unit === 1 || input === 4 ? 0.1 : 1) * w
})

const targets = rowsOf(design, features).flatMap((row) =>
  Array.from({ length: units }, (_, unit) => sum(row.map((x, input) => x * free[input * units + unit]!))),
)

/** The mean squared error is the mean over 4 units: ¼ ‖W - Ŵ‖², so that the minimum is the proximal point of twice the strength. */
const factor = units / 2

const soften = (w: number, threshold: number) => Math.sign(w) * Math.max(Math.abs(w) - threshold, 0)

function shrinkGroups(weights: readonly number[], strength: number, by: 'units' | 'inputs'): readonly number[] {
  const size = by === 'units' ? features : units
  const groupOf = (place: number) => (by === 'units' ? place % units : Math.floor(place / units))
  return weights.map((w, place) => {
    const length = Math.hypot(...weights.filter((_, other) => groupOf(other) === groupOf(place)))
    return length === 0 ? 0 : w * Math.max(0, 1 - (factor * strength * Math.sqrt(size)) / length)
  })
}

const all = Array.from(free)
const cases: readonly (readonly [string, Setting, readonly number[]])[] = [
  ['the lasso', setting('l1', { form: 'proximal', strength: 0.125 }), all.map((w) => soften(w, factor * 0.125))],
  [
    'the elastic net',
    setting('l1l2', { form: 'proximal', l1: 0.125, l2: 0.25 }),
    all.map((w) => soften(w, factor * 0.125) / (1 + 2 * factor * 0.25)),
  ],
  [
    'the group lasso over units',
    setting('groupLasso', { form: 'proximal', strength: 0.125 }),
    shrinkGroups(all, 0.125, 'units'),
  ],
  [
    'the group lasso over inputs',
    setting('groupLasso', { form: 'proximal', strength: 0.125, groups: 'inputs' }),
    shrinkGroups(all, 0.125, 'inputs'),
  ],
  [
    'the sparse group lasso',
    setting('sparseGroupLasso', { form: 'proximal', l1: 0.0625, group: 0.0625 }),
    shrinkGroups(
      all.map((w) => soften(w, factor * 0.0625)),
      0.0625,
      'units',
    ),
  ],
]

/** The kernel after so many steps on all rows. */
function trained(technique: Setting, optimizer: Setting, steps: number): Float64Array {
  const dense = setting('dense', { units, useBias: false, kernelRegularizers: [technique] })
  const project = chain([dense], { loss: setting('meanSquaredError'), optimizer, batchSize: rows })
  const program = compile(project, { features, classes: 0, targets: units })
  const each = Array.from({ length: steps }, (_, step) => step)
  const results = evaluate64(program.train(rows), {
    x: array([rows, features], design),
    y: array([rows, units], targets),
    batches: tensorOf(
      'int64',
      [steps, rows],
      each.flatMap(() => Array.from({ length: rows }, (_, row) => row)),
    ),
    iterations: tensorOf('int64', [steps], each),
    seed: tensorOf('uint32', [], [1]),
    ...Object.fromEntries(program.live.map(({ name, value }) => [name, array([], [value])])),
    'dense1/kernel': array([features, units], randoms('start', features * units)),
    ...Object.fromEntries(
      program.slots.map(({ name, shape, fill }) => [name, array(shape, new Float64Array(count(shape)).fill(fill))]),
    ),
  })
  return Float64Array.from(results.get('dense1/kernel.next')!.data, Number)
}

const optimizers: readonly (readonly [string, Setting, number])[] = [
  ['SGD', setting('sgd', { learningRate: 0.5 }), 60],
  ['SGD with momentum', setting('sgd', { learningRate: 0.125, momentum: 0.75 }), 150],
  ['SGD with Nesterov momentum', setting('sgd', { learningRate: 0.125, momentum: 0.75, nesterov: true }), 150],
  ['Adam', setting('adam', { learningRate: 0.0625 }), 500],
  ['RMSprop with momentum', setting('rmsprop', { learningRate: 0.03125, momentum: 0.5 }), 250],
]

describe.each(optimizers)('under %s', (_, optimizer, steps) => {
  test.each(cases)(
    '%s ends at its solution in closed form, zeros exactly where theory says',
    (_, technique, solution) => {
      const kernel = trained(technique, optimizer, steps)
      expect(distance(kernel, solution)).toBeLessThan(1e-6)
      const zeros = solution.map((w) => w === 0)
      expect(zeros).toContain(true)
      expect(zeros).toContain(false)
      expect([...kernel].map((w) => w === 0)).toEqual(zeros)
    },
  )
})

test('as a gradient, L1 comes near the same solution but leaves no weight at zero', () => {
  const [, technique, solution] = cases[0]!
  const kernel = trained(
    setting('l1', { ...technique.params, form: 'gradient' }),
    setting('sgd', { learningRate: 0.05 }),
    300,
  )
  expect(distance(kernel, solution)).toBeLessThan(0.02)
  expect([...kernel]).not.toContain(0)
})

test.each(['lion', 'muon'])('%s has no step for a proximal form to go by, and says so', (kind) => {
  const [, technique] = cases[0]!
  expect(() => trained(technique, setting(kind), 1)).toThrow(
    /L1 has no proximal form for dense1\/kernel under (Lion|Muon), .* choose its gradient form, or another optimizer\./,
  )
})

describe('the proximal step of a group', () => {
  const size = 12
  const shrunk = (v: ArrayLike<number>, steps: ArrayLike<number>, strength: number) => {
    const bench = new Bench()
    const stepSize = bench.feed('steps', steps.length === 1 ? [] : [size, 1], steps)
    const weight = bench.feed('w', [size, 1], v)
    return bench.data(groupShrink(bench.g, weight, 'units', stepSize, bench.feed('strength', [], [strength])))
  }
  const root = Math.sqrt(size)

  test.each([0, 2, 4, 6, 8])('is the minimum of its problem where steps lie %i powers of ten apart', (decades) => {
    for (let round = 0; round < 8; round++) {
      const v = randoms(`v ${round}`, size)
      const steps = randoms(`steps ${round}`, size, -decades, 0).map((each) => 10 ** each)
      // The strength from which on all of the group is zero.
      const limit = Math.hypot(...v.map((each, k) => each / steps[k]!)) / root
      for (const share of [0.001, 0.3, 0.9, 0.999]) {
        const w = shrunk(v, steps, share * limit)
        const length = Math.hypot(...w)
        // Where the derivative of ½ Σ (w - v)² / η + t ‖w‖ is zero: v - w = η t w / ‖w‖.
        const pulled = w.map((each, k) => each + (steps[k]! * share * limit * Math.fround(root) * each) / length)
        expect(distance(pulled, v), `${share} in round ${round}`).toBeLessThan(1e-6)
      }
      expect(Math.hypot(...shrunk(v, steps, 1.001 * limit))).toBe(0)
    }
  })

  test('is the closed form for one step, also where each weight is given the same', () => {
    const v = randoms('v', size)
    for (const strength of [0, 0.1, 0.5, 1, 2]) {
      const expected = v.map((each) => each * Math.max(0, 1 - (0.5 * strength * root) / Math.hypot(...v)))
      for (const steps of [[0.5], new Array<number>(size).fill(0.5)])
        expect(distance(shrunk(v, steps, strength), expected), `${strength}`).toBeLessThan(1e-7)
    }
  })

  test('changes nothing where steps are zero, and leaves zeros alone', () => {
    const v = randoms('v', size)
    expect(distance(shrunk(v, new Float64Array(size), 1), v)).toBeLessThan(1e-12)
    expect(distance(shrunk(v, [0], 1), v)).toBeLessThan(1e-12)
    for (const steps of [[0.5], randoms('steps', size, 0, 1)])
      expect([...shrunk(new Float64Array(size), steps, 0)]).toEqual(new Array<number>(size).fill(0))
  })
})
