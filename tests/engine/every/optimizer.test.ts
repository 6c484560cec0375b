import { describe, expect, test } from 'vitest'
import type { OptimizerDefinition, Params as Declared, ValuesOf } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { randoms } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

type Params = Readonly<Record<string, unknown>>

/** One weight under an optimizer written out by hand: gives the weight after each gradient. */
type Trace = (weight: number, gradients: readonly number[], learningRate: number, params: Params) => number[]

/** keras/src/optimizers/adam.py, line by line; `decay` is AdamW's. */
const adam =
  (decay: (params: Params) => number): Trace =>
  (start, gradients, learningRate, params) => {
    const [beta1, beta2, epsilon] = ['beta1', 'beta2', 'epsilon'].map((name) => Number(params[name])) as [
      number,
      number,
      number,
    ]
    let [weight, m, v] = [start, 0, 0]
    return gradients.map((gradient, index) => {
      const t = index + 1
      weight -= weight * decay(params) * learningRate
      // Keras raises the float32 betas to the power of t.
      const correction = (beta: number) => 1 - Math.fround(beta) ** t
      const alpha = (learningRate * Math.sqrt(correction(beta2))) / correction(beta1)
      m += (gradient - m) * (1 - beta1)
      v += (gradient * gradient - v) * (1 - beta2)
      weight -= (m * alpha) / (Math.sqrt(v) + epsilon)
      return weight
    })
  }

const references: Readonly<Record<string, Trace>> = {
  // keras/src/optimizers/sgd.py
  sgd: (start, gradients, learningRate, { momentum, nesterov }) => {
    const mu = Number(momentum)
    let [weight, velocity] = [start, 0]
    return gradients.map((gradient) => {
      velocity = velocity * mu - learningRate * gradient
      weight += nesterov === true ? mu * velocity - learningRate * gradient : velocity
      return weight
    })
  },
  adam: adam(() => 0),
  adamw: adam(({ weightDecay }) => Number(weightDecay)),
}

/** Constants of a graph are float32, each off by up to 2⁻²⁴: so much of its way may a weight be off, and no more. */
const roundedConstants = 4 * 2 ** -24

/** The weights after each step, and the effective step sizes, as the definition computes them. */
function train<P extends Declared>(
  definition: OptimizerDefinition<P>,
  params: ValuesOf<P>,
  start: Float64Array,
  gradients: readonly Float64Array[],
  learningRate: number,
) {
  const shape = [start.length]
  let weight = start
  let slots = Object.entries(definition.slots(params)).map(([name, fill]): [string, Float64Array] => [
    name,
    new Float64Array(start.length).fill(fill),
  ])
  return gradients.map((gradient, index) => {
    const bench = new Bench()
    const update = definition.update({
      ...bench.hooks(definition, params),
      weight: bench.feed('w', shape, weight),
      gradient: bench.feed('g', shape, gradient),
      slots: Object.fromEntries(slots.map(([name, data]) => [name, bench.feed(`slot.${name}`, shape, data)])),
      learningRate: bench.feed('rate', [], [learningRate]),
      step: bench.feed('step', [], [index + 1]),
    })
    expect(Object.keys(update.slots).toSorted()).toEqual(slots.map(([name]) => name).toSorted())
    const results = bench.run(update.weight, update.stepSize(), ...slots.map(([name]) => update.slots[name]!))
    weight = results[0]!.data
    slots = slots.map(([name], at) => [name, results[at + 2]!.data])
    return { weight, stepSize: results[1]!.data }
  })
}

test('every optimizer is written out by hand', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(definitions.optimizer).toSorted())
})

describe.each(Object.entries(definitions.optimizer))('%s', (kind, definition) => {
  const start = randoms(`${kind} weights`, 5)
  const gradients = Array.from({ length: 7 }, (_, step) => randoms(`${kind} gradients ${step}`, 5))

  test('takes the steps of its formula', () => {
    const reference = references[kind] ?? expect.fail(`${kind} has no formula`)
    for (const params of legalValues(definition, 8)) {
      for (const learningRate of [0.001, 0.1]) {
        const steps = train(definition, params, start, gradients, learningRate)
        const traces = Array.from(start, (weight, index) =>
          reference(
            weight,
            gradients.map((gradient) => gradient[index]!),
            learningRate,
            params,
          ),
        )
        steps.forEach(({ weight }, step) => {
          const expected = traces.map((trace) => trace[step]!)
          const moved = distance(expected, start)
          expect(distance(weight, expected), JSON.stringify(params)).toBeLessThanOrEqual(
            roundedConstants * moved + 1e-15,
          )
        })
      }
    }
  })

  test('does not move a weight whose gradient is always zero, unless it decays weights', () => {
    const params = { ...legalValues(definition, 0)[0]!, weightDecay: 0 }
    const still = train(
      definition,
      params,
      start,
      Array.from({ length: 3 }, () => new Float64Array(5)),
      0.1,
    )
    expect(distance(still.at(-1)!.weight, start)).toBe(0)
  })

  test('reports a step size that is positive and grows with the learning rate', () => {
    const params = legalValues(definition, 0)[0]!
    const [slow, fast] = [0.01, 0.02].map((rate) => train(definition, params, start, gradients, rate).at(-1)!.stepSize)
    for (const size of slow!) expect(size).toBeGreaterThan(0)
    expect(
      distance(
        fast!,
        slow!.map((size) => 2 * size),
      ),
    ).toBeLessThan(1e-12)
  })
})

test('Adam’s step size for proximal steps is η √(1 − β₂ᵗ) / (√v + ε)', () => {
  const params = { ...legalValues(definitions.optimizer.adam!, 0)[0]!, beta2: 0.9, epsilon: 0.01 }
  const [first] = train(definitions.optimizer.adam!, params, Float64Array.of(1), [Float64Array.of(3)], 0.5)
  const expected = (0.5 * Math.sqrt(1 - Math.fround(0.9))) / (Math.sqrt(0.1 * 9) + 0.01)
  expect(Math.abs(first!.stepSize[0]! / expected - 1)).toBeLessThan(roundedConstants)
})
