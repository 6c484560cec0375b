/** Techniques between a weight and its layer: what they draw, what they keep, and what others see of the weight. */
import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { compile } from '#engine/compile/compile.ts'
import type { Program } from '#engine/compile/program.ts'
import { drawsOf, randomnessOf, stepKey } from '#engine/compile/random.ts'
import { definitions } from '#engine/definitions.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { Setting } from '#engine/project/project.ts'
import { distance } from '../support/differences.ts'
import { evaluate64, type Numbers } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { Bench } from '../support/hooks.ts'
import { chain, setting } from '../support/projects.ts'
import { array, mean, randoms, rowsOf, sum } from '../support/reals.ts'
import { legalValues } from '../support/settings.ts'
import { gateOf } from './every/regularizers/weight.ts'

describe('of the random numbers of a step', () => {
  const size = 200

  /** What a technique makes of a weight of ones in training, as the random numbers of the compiler have it. */
  function drawn(kind: string, params: Setting['params'], iteration = 0, one = 1): Float64Array {
    const definition = definitions.regularizer[kind]!
    const bench = new Bench()
    const { g } = bench
    const key = stepKey(g, g.scalar(7, 'uint32'), g.scalar(iteration, 'int64'))
    const result = definition.transform?.({
      ...bench.hooks(definition, { ...legalValues(definition, 0)[0]!, ...params }),
      name: 'dense1/kernel',
      weight: bench.feed('w', [size, size], new Float64Array(size * size).fill(one)),
      training: true,
      random: randomnessOf(g, drawsOf(g, key), 'dense1/kernel'),
      parameter: (name, { shape }) => bench.feed(name, shape, new Float64Array(count(shape)).fill(0.5)),
      update: () => undefined,
      fail: (message) => expect.fail(message),
    })
    return bench.data(result!.weight)
  }
  const moments = (values: Float64Array) => {
    const center = mean(values)
    return { mean: center, variance: mean(values.map((value) => (value - center) ** 2)) }
  }
  // Four standard errors of 40000 numbers.
  const slack = 4 / size

  test.each([0.1, 0.5, 0.9])('DropConnect keeps the mean of a weight and has the variance of its rate %d', (rate) => {
    const { mean, variance } = moments(drawn('dropConnect', { rate }))
    const spread = rate / (1 - rate)
    expect(Math.abs(mean - 1)).toBeLessThan(slack * Math.sqrt(spread))
    expect(Math.abs(variance / spread - 1)).toBeLessThan(8 * slack)
  })

  test.each(['additive', 'multiplicative'])('%s weight noise keeps the mean and has the deviation it says', (mode) => {
    const { mean, variance } = moments(drawn('weightNoise', { mode, stddev: 0.25 }, 0, 2))
    const deviation = mode === 'additive' ? 0.25 : 0.5
    expect(Math.abs(mean - 2)).toBeLessThan(slack * deviation)
    expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(4 * slack)
  })

  test('the gates of L0 have the mean, the variance and the share of zeros of the hard concrete distribution', () => {
    const gates = drawn('l0', { gates: 'weights' })
    const steps = 20000
    const theory = moments(Float64Array.from({ length: steps }, (_, step) => gateOf(0.5, (step + 0.5) / steps)))
    const { mean, variance } = moments(gates)
    expect(Math.abs(mean - theory.mean)).toBeLessThan(slack * Math.sqrt(theory.variance))
    expect(Math.abs(variance / theory.variance - 1)).toBeLessThan(4 * slack)
    const open = 1 / (1 + Math.exp(-(0.5 - (2 / 3) * Math.log(0.1 / 1.1))))
    const share = gates.filter((gate) => gate !== 0).length / gates.length
    expect(Math.abs(share - open)).toBeLessThan(slack)
  })

  test('L0 draws one gate for each unit or input, the same for all its weights', () => {
    const units = rowsOf(drawn('l0', { gates: 'units' }), size)
    for (const row of units) expect(row).toEqual(units[0])
    expect(new Set(units[0]).size).toBeGreaterThan(20)
    const inputs = rowsOf(drawn('l0', { gates: 'inputs' }), size)
    for (const row of inputs) expect(new Set(row).size).toBe(1)
    expect(new Set(inputs.flat()).size).toBeGreaterThan(20)
  })

  test.each(['dropConnect', 'weightNoise', 'l0'])(
    '%s draws anew for each step, and the same again for the same',
    (kind) => {
      expect(distance(drawn(kind, {}, 1), drawn(kind, {}, 1))).toBe(0)
      expect(distance(drawn(kind, {}, 1), drawn(kind, {}, 2))).toBeGreaterThan(0.01)
    },
  )
})

const features = 3
const units = 4
const rows = 2

const compiled = (techniques: readonly Setting[], own: Setting['params'] = {}): Program =>
  compile(
    chain([setting('dense', { units, kernelRegularizers: [...techniques], ...own })], {
      loss: setting('meanSquaredError'),
      optimizer: setting('sgd', { learningRate: 0 }),
    }),
    { features, classes: 0, targets: units },
  )

const kernel = randoms('kernel', features * units)

/** The weights of a program: the kernel above, and other numbers for the rest. */
const weightsOf = (program: Program, given: Readonly<Record<string, ArrayLike<number>>> = {}): Map<string, Numbers> =>
  new Map(
    program.weights.map(({ name, shape }) => [
      name,
      array(shape, given[name] ?? (name === 'dense1/kernel' ? kernel : randoms(name, count(shape)))),
    ]),
  )

const liveOf = ({ live }: Program) => Object.fromEntries(live.map(({ name, value }) => [name, array([], [value])]))

function stepped(program: Program, weights: ReadonlyMap<string, Numbers>, steps: number) {
  const each = Array.from({ length: steps }, (_, step) => step)
  const results = evaluate64(program.train(rows), {
    x: array([rows, features], randoms('x', rows * features)),
    y: array([rows, units], randoms('y', rows * units)),
    batches: tensorOf(
      'int64',
      [steps, rows],
      each.flatMap(() => [0, 1]),
    ),
    iterations: tensorOf('int64', [steps], each),
    seed: tensorOf('uint32', [], [1]),
    ...liveOf(program),
    ...Object.fromEntries(weights),
  })
  const numbers = (name: string) => Float64Array.from(results.get(name)!.data, Number)
  return { report: rowsOf(numbers('report'), program.columns.length), next: (name: string) => numbers(`${name}.next`) }
}

function evaluated(program: Program, weights: ReadonlyMap<string, Numbers>) {
  const results = evaluate64(program.evaluate(), {
    x: array([rows, features], randoms('x', rows * features)),
    y: array([rows, units], randoms('y', rows * units)),
    ...liveOf(program),
    ...Object.fromEntries(weights),
  })
  const numbers = (name: string) => Float64Array.from(results.get(name)!.data, Number)
  return { report: numbers('report'), summary: rowsOf(numbers('summary'), 4) }
}

/** The eigenvalues of WᵀW by Jacobi's rotations: the squares of the singular values of W. */
function squaredSingularValues(weight: ArrayLike<number>, width: number): number[] {
  const w = rowsOf(weight, width)
  const a = Array.from({ length: width }, (_, i) =>
    Array.from({ length: width }, (_, j) => sum(w.map((row) => row[i]! * row[j]!))),
  )
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < width; p++)
      for (let q = p + 1; q < width; q++) {
        const angle = 0.5 * Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!)
        const [c, s] = [Math.cos(angle), Math.sin(angle)]
        const rotate = (row: number[]) => ([row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!])
        for (const row of a) rotate(row)
        const [above, below] = [[...a[p]!], [...a[q]!]]
        for (let k = 0; k < width; k++)
          [a[p]![k], a[q]![k]] = [c * above[k]! - s * below[k]!, s * above[k]! + c * below[k]!]
      }
  return a.map((row, i) => row[i]!).toSorted((one, other) => other - one)
}

const [largest = NaN] = squaredSingularValues(kernel, units)

test('the spectral norm that is costed becomes that of the weight, from step to step', () => {
  const program = compiled([setting('spectralNorm', { strength: 0.5 })])
  const column = program.columns.indexOf('penalty:dense1/kernel/spectralNorm')
  const { report, next } = stepped(program, weightsOf(program), 60)
  const exact = 0.5 * 0.5 * largest
  const off = report.map((line) => exact - line[column]!)
  expect(off[0]).toBeGreaterThan(1e-3)
  expect(Math.abs(off.at(-1)!)).toBeLessThan(1e-6 * exact)
  const kept = weightsOf(program, { 'dense1/kernel/spectralNorm.u': next('dense1/kernel/spectralNorm.u') })
  expect(evaluated(program, kept).report[column]).toBeCloseTo(exact, 6)
})

test('the gradient of the spectral norm takes the vectors of the power iteration for constants', () => {
  const u = randoms('u', units)
  const matrix = rowsOf(kernel, units)
  const direction = (vector: readonly number[]) => vector.map((each) => each / Math.hypot(...vector))
  const v = direction(matrix.map((row) => sum(row.map((w, unit) => w * u[unit]!))))
  const image = Array.from({ length: units }, (_, unit) => sum(v.map((each, input) => each * matrix[input]![unit]!)))
  const sigma = Math.hypot(...image)
  const outer = v.flatMap((each) => direction(image).map((other) => each * other))
  const along = randoms('along', kernel.length)
  const inner = sum(kernel.map((w, place) => w * along[place]!))
  const expected = {
    spectralNorm: outer.map((each) => 0.5 * sigma * each),
    spectralNormalization: outer.map((each, place) => along[place]! / sigma - (inner / sigma ** 2) * each),
  }
  for (const [kind, slope] of Object.entries(expected)) {
    const definition = definitions.regularizer[kind]!
    const bench = new Bench()
    const { g } = bench
    const weight = bench.feed('w', [features, units], kernel)
    const result = definition.transform!({
      ...bench.hooks(definition, { strength: 0.5, powerIterations: 1 }),
      name: 'dense1/kernel',
      weight,
      training: true,
      random: bench.randomness(() => []),
      parameter: (name, { shape }) => bench.feed(name, shape, u),
      update: () => undefined,
      fail: (message) => expect.fail(message),
    })
    const seen = g.ReduceSum(g.Mul(result.weight, bench.feed('along', [features, units], along)), null)
    const [computed] = gradients(g, result.penalty?.() ?? seen, [weight])
    expect(distance(bench.data(computed!), slope), kind).toBeLessThan(1e-7)
  }
})

test('a weight under spectral normalization is used with the spectral norm 1', () => {
  const program = compiled([setting('spectralNormalization')])
  const { next } = stepped(program, weightsOf(program), 60)
  const name = 'dense1/kernel/spectralNormalization.u'
  const weights = weightsOf(program, { [name]: next(name) })
  const used = evaluate64(program.used()!, Object.fromEntries([...weights].filter(([name]) => !name.endsWith('bias'))))
  const values = Float64Array.from(used.get('dense1/kernel.used')!.data, Number)
  expect(squaredSingularValues(values, units)[0]).toBeCloseTo(1, 6)
  expect(
    distance(
      values,
      kernel.map((w) => w / Math.sqrt(largest)),
    ),
  ).toBeLessThan(1e-6)
})

test('a weight of zeros has no spectral norm to divide by: it stays, and so does the vector that is kept', () => {
  const program = compiled([setting('spectralNormalization'), setting('spectralNorm')])
  const weights = weightsOf(program, { 'dense1/kernel': new Float64Array(features * units) })
  const { next, report } = stepped(program, weights, 2)
  expect([...next('dense1/kernel')].map(Math.abs)).toEqual([...new Float64Array(features * units)])
  for (const name of ['spectralNormalization.u', 'spectralNorm.u'].map((each) => `dense1/kernel/${each}`))
    expect(next(name)).toEqual(weights.get(name)!.data)
  expect(report.flat().every(Number.isFinite)).toBe(true)
})

test('the summary of a weight is that of the weight as its layer uses it', () => {
  const program = compiled([setting('l0')])
  const closed = weightsOf(program, { 'dense1/kernel/l0.logAlpha': [-9, 9, -9, 9] })
  const { summary } = evaluated(program, closed)
  const line = summary[program.weights.findIndex(({ name }) => name === 'dense1/kernel')]!
  const open = kernel.filter((_, place) => place % 2 === 1)
  expect(distance(line, [6, sum(open.map((w) => w * w)), Math.min(0, ...open), Math.max(0, ...open)])).toBeLessThan(
    1e-6,
  )
})

test('predictions use the gates of L0 without noise, and the exact zeros they make', () => {
  const program = compiled([setting('l0', { gates: 'inputs' })], { useBias: false })
  const weights = weightsOf(program, { 'dense1/kernel/l0.logAlpha': [-9, 0, 9] })
  const [prediction] = evaluate64(program.predict(), {
    x: array([1, features], [1, 1, 1]),
    ...Object.fromEntries(weights),
  }).values()
  const [, half, one] = rowsOf(kernel, units)
  const expected = half!.map((w, unit) => 0.5 * w + one![unit]!)
  expect(distance(Float64Array.from(prediction!.data, Number), expected)).toBeLessThan(1e-6)
})

test('techniques on a weight act in the order of the list', () => {
  const both = [setting('weightStandardization'), setting('spectralNormalization')]
  const norms = [both, both.toReversed()].map((techniques) => {
    const program = compiled(techniques)
    const name = program.weights.find(({ name }) => name.endsWith('.u'))!.name
    const { next } = stepped(program, weightsOf(program), 80)
    const weights = weightsOf(program, { [name]: next(name) })
    const fed = [...weights].filter(([name]) => !name.endsWith('bias'))
    const [used] = evaluate64(program.used()!, Object.fromEntries(fed)).values()
    return squaredSingularValues(Float64Array.from(used!.data, Number), units)[0]!
  })
  expect(norms[0]).toBeCloseTo(1, 6)
  expect(norms[1]).toBeGreaterThan(2)
})

test('weights that no technique transforms are used as they are', () => {
  expect(compiled([setting('l1')]).used()).toBeNull()
  expect(compiled([setting('spectralNorm')]).used()).toBeNull()
})

test('weight standardization of a bias is refused in one sentence', () => {
  expect(() => compiled([], { biasRegularizers: [setting('weightStandardization')] })).toThrow(
    'Weight standardization needs several weights a unit, but dense1/bias has one; remove it there.',
  )
})

test('the proximal form acts on weights; on an output it is a cost like any other', () => {
  const dense = setting('dense', { units, activityRegularizers: [setting('l1', { form: 'proximal', strength: 1 })] })
  const project = chain([dense], { loss: setting('meanSquaredError'), optimizer: setting('sgd', { learningRate: 1 }) })
  const program = compile(project, { features, classes: 0, targets: units })
  const moved = (strength: number) => {
    const live = { ...liveOf(program), 'dense1/activity/l1.strength': array([], [strength]) }
    const results = evaluate64(program.train(rows), {
      x: array([rows, features], randoms('x', rows * features)),
      y: array([rows, units], randoms('y', rows * units)),
      batches: tensorOf('int64', [1, rows], [0, 1]),
      iterations: tensorOf('int64', [1], [0]),
      seed: tensorOf('uint32', [], [1]),
      ...live,
      ...Object.fromEntries(weightsOf(program)),
    })
    return Float64Array.from(results.get('dense1/kernel.next')!.data, Number)
  }
  expect(distance(moved(0), moved(1))).toBeGreaterThan(0.1)
})

test('a detached value is itself, and constant where gradients are taken', () => {
  const bench = new Bench()
  const { g } = bench
  const x = bench.feed('x', [3], [1, 2, 4])
  const [slope] = gradients(g, g.ReduceSum(g.Mul(g.detached(x), x), null), [x])
  expect([...bench.data(slope!)]).toEqual([1, 2, 4])
  const [both] = gradients(g, g.ReduceSum(g.Mul(g.Identity(x), x), null), [x])
  expect([...bench.data(both!)]).toEqual([2, 4, 8])
})
