import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { Setting } from '#engine/project/project.ts'
import { distance } from '../support/differences.ts'
import { evaluate64, type Numbers } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { chain, setting } from '../support/projects.ts'
import { array, mean, randoms, sum } from '../support/reals.ts'

/** A line through points, trained by hand beside the compiled graph: one batch of two rows a step. */
const features = 3
const [steps, batch] = [7, 2]
const x = randoms('rows', steps * batch * features)
const y = randoms('targets', steps * batch)
const start = randoms('weights', features, 0.5, 1)

function compiled(optimizer: Setting, regularizers: readonly Setting[], constraints: readonly Setting[] = []) {
  const dense = setting('dense', { units: 1, useBias: false, kernelConstraints: constraints })
  const loss = setting('meanSquaredError')
  const program = compile(chain([dense], { loss, optimizer, regularizers, batchSize: batch }), {
    features,
    classes: 0,
    targets: 1,
  })
  const state = new Map<string, Numbers>([
    ['dense1/kernel', array([features, 1], start)],
    ...program.slots.map(
      ({ name, shape, fill }) => [name, array(shape, new Float64Array(count(shape)).fill(fill))] as const,
    ),
  ])
  const results = evaluate64(program.train(batch), {
    x: array([steps * batch, features], x),
    y: array([steps * batch, 1], y),
    batches: tensorOf(
      'int64',
      [steps, batch],
      Array.from(y, (_, row) => row),
    ),
    iterations: tensorOf(
      'int64',
      [steps],
      Array.from({ length: steps }, (_, step) => step),
    ),
    seed: tensorOf('uint32', [], [1]),
    ...Object.fromEntries(program.live.map(({ name, value }) => [name, array([], [value])])),
    ...Object.fromEntries(state),
  })
  const value = (name: string) => Array.from(results.get(`${name}.next`)?.data ?? [], Number)
  return { program, value, rates: Array.from(results.get('learningRates')?.data ?? [], Number) }
}

function gradient(weight: ArrayLike<number>, step: number): number[] {
  const rows = [2 * step, 2 * step + 1]
  const errors = rows.map((row) => sum(Array.from(start, (_, k) => x[row * features + k]! * weight[k]!)) - y[row]!)
  return Array.from(start, (_, k) => mean(rows.map((row, each) => 2 * errors[each]! * x[row * features + k]!)))
}

const norm = (values: ArrayLike<number>) => Math.sqrt(sum(Array.from(values, (value) => value * value)))

describe('gradients added up over three steps', () => {
  const momentum = setting('sgd', { learningRate: 0.125, momentum: 0.5, accumulatedSteps: 3 })

  test('move weights by their mean, clipped as one, once in three steps', () => {
    const { value } = compiled(momentum, [
      setting('clipNorm', { limit: 0.5 }),
      setting('weightDecay', { strength: 0.25 }),
    ])
    let [weight, velocity, summed] = [Array.from(start), [0, 0, 0], [0, 0, 0]]
    for (let step = 0; step < steps; step++) {
      const own = gradient(weight, step)
      summed = summed.map((each, k) => each + own[k]!)
      if (step % 3 !== 2) continue
      const average = summed.map((each) => each / 3)
      const clipped = average.map((each) => (each * 0.5) / Math.max(norm(average), 0.5))
      velocity = velocity.map((each, k) => 0.5 * each - 0.125 * clipped[k]!)
      weight = weight.map((w, k) => w - w * 0.125 * 0.25 + velocity[k]!)
      summed = [0, 0, 0]
    }
    expect(distance(value('dense1/kernel'), weight)).toBeLessThan(1e-12)
    expect(distance(value('dense1/kernel/momentum'), velocity)).toBeLessThan(1e-12)
    expect(distance(value('dense1/kernel/accumulated'), summed)).toBeLessThan(1e-12)
  })

  test('leave averages and constraints going on at every step, as Keras does', () => {
    const limits = setting('minMaxNorm', { minValue: 0, maxValue: 0.25, rate: 0.5 })
    const average = setting('weightAverage', { momentum: 0.75, overwriteFrequency: 2 })
    const { value } = compiled(setting('sgd', { learningRate: 0.125, accumulatedSteps: 3 }), [average], [limits])
    let [weight, averaged, summed] = [Array.from(start), [0, 0, 0], [0, 0, 0]]
    for (let step = 0; step < steps; step++) {
      const own = gradient(weight, step)
      summed = summed.map((each, k) => each + own[k]!)
      if (step % 3 === 2) {
        weight = weight.map((w, k) => w - (0.125 * summed[k]!) / 3)
        summed = [0, 0, 0]
      }
      const updates = Math.floor(step / 3)
      const kept = updates === 0 ? 0 : 0.75
      averaged = averaged.map((each, k) => kept * each + (1 - kept) * weight[k]!)
      if ((updates + 1) % 2 === 0) weight = averaged
      const length = norm(weight)
      weight = weight.map((w) => (w * (0.5 * Math.min(length, 0.25) + 0.5 * length)) / (1e-7 + length))
    }
    expect(distance(value('dense1/kernel'), weight)).toBeLessThan(1e-9)
    expect(distance(value('dense1/kernel/weightAverage.mean'), averaged)).toBeLessThan(1e-9)
  })

  test('count as one step for the optimizer, and as three for the schedule', () => {
    const schedule = setting('exponentialDecay', { decaySteps: 1, decayRate: 0.5 })
    const { value, rates } = compiled(setting('nadam', { learningRate: 0.5, schedule, accumulatedSteps: 3 }), [])
    expect(rates).toEqual(Array.from({ length: steps }, (_, step) => 0.5 ** (step + 1)))
    const product = [1, 2].reduce((all, t) => all * 0.9 * (1 - 0.5 * 0.96 ** t), 1)
    expect(distance(value('dense1/kernel/momentumProduct'), [product])).toBeLessThan(1e-6)
  })
})

test('a run that averages its weights says which state takes their place in the end', () => {
  const { program } = compiled(setting('adam'), [setting('weightAverage')])
  expect([...program.final]).toEqual([['dense1/kernel', 'dense1/kernel/weightAverage.mean']])
  expect(program.slots.map(({ name }) => name)).toContain('dense1/kernel/weightAverage.mean')
})

test('a constraint whose axes the weight does not have is an issue that names both', () => {
  const build = () => compiled(setting('sgd'), [], [setting('maxNorm', { axis: [0, 1, 2] })])
  expect(build).toThrow(/Max norm does not fit dense1\/kernel \[3, 1\].*choose other axes/)
})
