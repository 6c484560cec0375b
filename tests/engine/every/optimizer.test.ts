import { describe, expect, test } from 'vitest'
import type { OptimizerDefinition, Params as Declared, Slot, ValuesOf } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { distance } from '../../support/differences.ts'
import { count } from '../../support/float64/array.ts'
import { Bench } from '../../support/hooks.ts'
import { randoms, rowsOf, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

type Params = Readonly<Record<string, ParamValue>>

/** One weight tensor under an optimizer written out by hand. */
interface Given {
  readonly start: Float64Array
  readonly shape: readonly number[]
  readonly gradients: readonly Float64Array[]
  readonly learningRate: number
  readonly params: Params
}

/** The weight after each gradient. */
type Trace = (given: Given) => readonly ArrayLike<number>[]

/** One element of it, for optimizers that see no more: gives what to do at each step `t`, counted from 1. */
type ElementStep = (weight: number, gradient: number, t: number) => number
const elementwise =
  (begin: (learningRate: number, params: Params) => ElementStep): Trace =>
  ({ start, gradients, learningRate, params }) => {
    const traces = Array.from(start, (first, index) => {
      const step = begin(learningRate, params)
      let weight = first
      return gradients.map((gradient, done) => (weight = step(weight, gradient[index]!, done + 1)))
    })
    return gradients.map((_, step) => traces.map((trace) => trace[step]!))
  }

const number = (params: Params, name: string) => Number(params[name])

/** Keras raises the float32 betas to the power of t. */
const correction = (beta: number, t: number) => 1 - Math.fround(beta) ** t

/** keras/src/optimizers/adam.py, line by line; `decay` is AdamW's. */
function adam(learningRate: number, params: Params, decay: number): ElementStep {
  const [beta1, beta2] = [number(params, 'beta1'), number(params, 'beta2')]
  let [m, v, largest] = [0, 0, 0]
  return (weight, gradient, t) => {
    const alpha = (learningRate * Math.sqrt(correction(beta2, t))) / correction(beta1, t)
    m += (gradient - m) * (1 - beta1)
    v += (gradient * gradient - v) * (1 - beta2)
    largest = Math.max(largest, v)
    const root = Math.sqrt(params.amsgrad === true ? largest : v)
    return weight - weight * decay * learningRate - (m * alpha) / (root + number(params, 'epsilon'))
  }
}

/** Whether a kernel of this shape does not decay. */
const leftOut = (shape: readonly number[], { excluded }: Params) =>
  shape.length < 2 && (excluded === 'vectors' || excluded === 'vectorsAndEmbeddings')

const norm = (values: ArrayLike<number>) => Math.sqrt(sum(Array.from(values, (value) => value * value)))
const product = (a: readonly number[][], b: readonly number[][]) =>
  a.map((row) => b[0]!.map((_, column) => sum(row.map((value, k) => value * b[k]![column]!))))
const transposed = (a: readonly number[][]) => a[0]!.map((_, column) => a.map((row) => row[column]!))

/** keras/src/optimizers/muon.py, zeropower_via_newtonschulz5. */
function newtonSchulz(matrix: readonly number[][], [a, b, c]: readonly number[], steps: number): number[][] {
  const tall = matrix.length > matrix[0]!.length
  let x = tall ? transposed(matrix) : matrix.map((row) => [...row])
  const length = norm(x.flat()) + 1e-7
  x = x.map((row) => row.map((value) => value / length))
  for (let step = 0; step < steps; step++) {
    const square = product(x, transposed(x))
    const fourth = product(square, square)
    const mixed = square.map((row, i) => row.map((value, k) => b! * value + c! * fourth[i]![k]!))
    const moved = product(mixed, x)
    x = x.map((row, i) => row.map((value, k) => a! * value + moved[i]![k]!))
  }
  return tall ? transposed(x) : x
}

const references: Readonly<Record<string, Trace>> = {
  // keras/src/optimizers/sgd.py
  sgd: elementwise((learningRate, params) => {
    const mu = number(params, 'momentum')
    let velocity = 0
    return (weight, gradient) => {
      velocity = velocity * mu - learningRate * gradient
      return weight + (params.nesterov === true ? mu * velocity - learningRate * gradient : velocity)
    }
  }),
  adam: elementwise((learningRate, params) => adam(learningRate, params, 0)),
  adamw: ({ shape, ...given }) => {
    const decay = leftOut(shape, given.params) ? 0 : number(given.params, 'weightDecay')
    return elementwise((learningRate, params) => adam(learningRate, params, decay))({ shape, ...given })
  },
  // keras/src/optimizers/adamax.py
  adamax: elementwise((learningRate, params) => {
    let [m, u] = [0, 0]
    return (weight, gradient, t) => {
      m += (gradient - m) * (1 - number(params, 'beta1'))
      u = Math.max(number(params, 'beta2') * u, Math.abs(gradient))
      return weight - (learningRate * m) / (correction(number(params, 'beta1'), t) * (u + number(params, 'epsilon')))
    }
  }),
  // keras/src/optimizers/nadam.py, which makes float32 of the betas first
  nadam: elementwise((learningRate, params) => {
    const [beta1, beta2] = [Math.fround(number(params, 'beta1')), Math.fround(number(params, 'beta2'))]
    const at = (t: number) => beta1 * (1 - 0.5 * Math.fround(0.96) ** t)
    let [m, v, all] = [0, 0, 1]
    return (weight, gradient, t) => {
      all *= at(t)
      m += (gradient - m) * (1 - beta1)
      v += (gradient * gradient - v) * (1 - beta2)
      const mean = (at(t + 1) * m) / (1 - all * at(t + 1)) + ((1 - at(t)) * gradient) / (1 - all)
      return weight - (mean * learningRate) / (Math.sqrt(v / correction(beta2, t)) + number(params, 'epsilon'))
    }
  }),
  // keras/src/optimizers/rmsprop.py
  rmsprop: elementwise((learningRate, params) => {
    const [rho, mu] = [number(params, 'rho'), number(params, 'momentum')]
    let [velocity, average, momentum] = [0, 0, 0]
    return (weight, gradient) => {
      velocity = rho * velocity + (1 - rho) * gradient * gradient
      average = rho * average + (1 - rho) * gradient
      const square = params.centered === true ? velocity - average * average : velocity
      momentum = mu * momentum + (learningRate * gradient) / Math.sqrt(square + number(params, 'epsilon'))
      return weight - momentum
    }
  }),
  // keras/src/optimizers/adagrad.py
  adagrad: elementwise((learningRate, params) => {
    let accumulator = number(params, 'initialAccumulatorValue')
    return (weight, gradient) => {
      accumulator += gradient * gradient
      return weight - (learningRate * gradient) / Math.sqrt(accumulator + number(params, 'epsilon'))
    }
  }),
  // keras/src/optimizers/adadelta.py
  adadelta: elementwise((learningRate, params) => {
    const rho = number(params, 'rho')
    const rms = (value: number) => Math.sqrt(value + number(params, 'epsilon'))
    let [gradients, deltas] = [0, 0]
    return (weight, gradient) => {
      gradients = rho * gradients + (1 - rho) * gradient * gradient
      const delta = (-rms(deltas) * gradient) / rms(gradients)
      deltas = rho * deltas + (1 - rho) * delta * delta
      return weight + learningRate * delta
    }
  }),
  // keras/src/optimizers/ftrl.py
  ftrl: elementwise((learningRate, params) => {
    const [power, l1] = [number(params, 'learningRatePower'), number(params, 'l1RegularizationStrength')]
    const l2 = number(params, 'l2RegularizationStrength') + number(params, 'beta') / (2 * learningRate)
    let [accumulator, linear] = [number(params, 'initialAccumulatorValue'), 0]
    return (weight, gradient) => {
      const used = gradient + 2 * number(params, 'l2ShrinkageRegularizationStrength') * weight
      const next = accumulator + gradient * gradient
      linear += used - ((next ** -power - accumulator ** -power) / learningRate) * weight
      accumulator = next
      const quadratic = next ** -power / learningRate + 2 * l2
      return (Math.min(Math.max(linear, -l1), l1) - linear) / quadratic
    }
  }),
  // keras/src/optimizers/lion.py, which makes float32 of the betas first
  lion: elementwise((learningRate, params) => {
    const [beta1, beta2] = [Math.fround(number(params, 'beta1')), Math.fround(number(params, 'beta2'))]
    let m = 0
    return (weight, gradient) => {
      const direction = Math.sign(beta1 * m + (1 - beta1) * gradient)
      m = beta2 * m + (1 - beta2) * gradient
      return weight - learningRate * direction
    }
  }),
  // keras/src/optimizers/lamb.py
  lamb: ({ start, gradients, learningRate, params }) => {
    const [beta1, beta2] = [number(params, 'beta1'), number(params, 'beta2')]
    let [weight, m, v] = [start, start.map(() => 0), start.map(() => 0)]
    return gradients.map((gradient, done) => {
      const t = done + 1
      m = m.map((each, k) => each + (gradient[k]! - each) * (1 - beta1))
      v = v.map((each, k) => each + (gradient[k]! ** 2 - each) * (1 - beta2))
      const move = m.map((each, k) => {
        const root = Math.sqrt(v[k]! / correction(beta2, t)) + number(params, 'epsilon')
        return each / correction(beta1, t) / root
      })
      const ratio = norm(weight) > 0 && norm(move) > 0 ? norm(weight) / norm(move) : 1
      weight = weight.map((w, k) => w - ratio * learningRate * move[k]!)
      return weight
    })
  },
  // keras/src/optimizers/muon.py
  muon: ({ start, shape, gradients, learningRate, params }) => {
    const [rows = 1, columns = 1] = shape
    if (shape.length !== 2) {
      const own = { ...params, beta1: number(params, 'adamBeta1'), beta2: number(params, 'adamBeta2') }
      const rate = learningRate * number(params, 'adamLrRatio')
      const kept = 1 - (leftOut(shape, params) ? 0 : learningRate * number(params, 'adamWeightDecay'))
      return elementwise(() => {
        const step = adam(rate, own, 0)
        return (weight, gradient, t) => weight * kept + step(0, gradient, t)
      })({ start, shape, gradients, learningRate, params })
    }
    const mu = number(params, 'momentum')
    const coefficients = ['muonA', 'muonB', 'muonC'].map((name) => number(params, name))
    const size = params.rmsRate === null ? 1 : Math.sqrt(Math.max(rows, columns)) * number(params, 'rmsRate')
    let [weight, m] = [start, start.map(() => 0)]
    return gradients.map((gradient) => {
      m = m.map((each, k) => each + gradient[k]! + each * (mu - 1))
      const used = params.nesterov === true ? m.map((each, k) => gradient[k]! + mu * each) : m
      const move = newtonSchulz(rowsOf(used, columns), coefficients, number(params, 'nsSteps')).flat()
      const lost = learningRate * number(params, 'weightDecay')
      weight = weight.map((w, k) => w - w * lost - learningRate * move[k]! * size)
      return weight
    })
  },
}

/** Constants of a graph are float32, each off by up to 2⁻²⁴: so much of its way may a weight be off, and no more. */
const roundedConstants = 6 * 2 ** -24

/** A name no rule makes an exception for. */
const name = 'dense1/kernel'

/** The weights after each step, and the effective step sizes, as the definition computes them. */
function train<P extends Declared>(
  definition: OptimizerDefinition<P>,
  params: ValuesOf<P>,
  { start, shape, gradients, learningRate }: Omit<Given, 'params'>,
) {
  const bench = new Bench()
  const slots = Object.entries(definition.slots(params, shape, name)).map(([slot, begin]) => {
    const { shape: own, fill }: Exclude<Slot, number> = typeof begin === 'number' ? { shape, fill: begin } : begin
    return { slot, value: bench.feed(`slot.${slot}`, own, new Float64Array(count(own)).fill(fill)) }
  })
  const update = definition.update({
    ...bench.hooks(definition, params),
    name,
    weight: bench.feed('w', shape, start),
    gradient: bench.feed('g', shape, gradients[0]!),
    slots: Object.fromEntries(slots.map(({ slot, value }) => [slot, value])),
    learningRate: bench.feed('rate', [], [learningRate]),
    step: bench.feed('step', [], [1]),
  })
  const shapes = Object.fromEntries(Object.entries(update.slots).map(([slot, value]) => [slot, value.shape]))
  expect({ weight: update.weight.shape, ...shapes }).toEqual({
    weight: shape,
    ...Object.fromEntries(slots.map(({ slot, value }) => [slot, value.shape])),
  })
  const next = slots.map(({ slot }) => update.slots[slot]!)
  const size = update.stepSize()
  const step = bench.prepare(update.weight, size ?? bench.g.scalar(0), ...next)
  let state: Record<string, ArrayLike<number>> = {}
  return gradients.map((gradient, index) => {
    const [weight, stepSize, ...after] = step({ ...state, g: gradient, step: [index + 1] })
    state = { w: weight!.data }
    slots.forEach(({ value }, at) => (state[value.name] = after[at]!.data))
    return { weight: weight!.data, stepSize: size && stepSize!.data }
  })
}

/** Legal settings; polynomials of any coefficients would run away, so Muon keeps its own. */
const settingsOf = (definition: OptimizerDefinition, more: number) =>
  legalValues(definition, more).map((params, _, [defaults]) =>
    definition.kind === 'muon'
      ? Object.fromEntries(
          Object.entries(params).map(([param, value]) => [param, param.startsWith('muon') ? defaults![param]! : value]),
        )
      : params,
  )

test('every optimizer is written out by hand', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(definitions.optimizer).toSorted())
})

describe.each(Object.entries(definitions.optimizer))('%s', (kind, definition) => {
  const given = (shape: readonly number[], learningRate: number) => ({
    shape,
    learningRate,
    start: randoms(`${kind} weights`, count(shape)),
    gradients: Array.from({ length: 7 }, (_, step) => randoms(`${kind} gradients ${step}`, count(shape))),
  })

  test.each([[[5]], [[2, 3]], [[3, 2]], [[2, 1, 2]]])(
    'takes the steps of its formula for a weight of shape %j',
    (shape) => {
      const reference = references[kind] ?? expect.fail(`${kind} has no formula`)
      for (const params of settingsOf(definition, 8)) {
        for (const learningRate of [0.001, 0.1]) {
          const one = given(shape, learningRate)
          const expected = reference({ ...one, params })
          const beyond = train(definition, params, one).filter(({ weight }, step) => {
            const moved = distance(expected[step]!, one.start)
            return distance(weight, expected[step]!) > roundedConstants * moved + 1e-15
          })
          expect(beyond, JSON.stringify(params)).toEqual([])
        }
      }
    },
  )

  // FTRL solves for each weight anew and never looks at where it was: without gradients the solution is 0.
  const rest = kind === 'ftrl' ? 'sets the weight to 0' : 'does not move the weight'
  test(`where the gradient of a weight is always zero, ${rest}, unless it decays weights`, () => {
    const params = { ...legalValues(definition, 0)[0]!, weightDecay: 0, adamWeightDecay: 0 }
    for (const shape of [[5], [2, 3]]) {
      const one = given(shape, 0.1)
      const still = train(definition, params, { ...one, gradients: one.gradients.map((each) => each.map(() => 0)) })
      expect(distance(still.at(-1)!.weight, kind === 'ftrl' ? one.start.map(() => 0) : one.start)).toBe(0)
    }
  })

  test('reports a step size that is positive and grows with the learning rate, if there is one', () => {
    const params = legalValues(definition, 0)[0]!
    for (const shape of [[5], [2, 3]]) {
      const [slow, fast] = [0.01, 0.02].map((rate) => train(definition, params, given(shape, rate))[0]!.stepSize)
      expect(slow === null).toBe(kind === 'lion' || (kind === 'muon' && shape.length === 2))
      if (!slow || !fast) continue
      for (const size of slow) expect(size).toBeGreaterThan(0)
      const doubled = slow.map((size) => 2 * size)
      expect(distance(fast, doubled)).toBeLessThan(1e-12)
    }
  })

  test('says how Keras writes it and its arguments', () => {
    expect(definition.keras?.class).toMatch(/^[A-Z]/)
    expect(definition.keras?.arguments).toMatchObject({ accumulatedSteps: 'gradient_accumulation_steps' })
    for (const param of Object.keys(definition.keras?.arguments ?? {})) expect(definition.params).toHaveProperty(param)
  })
})

describe('the step size for proximal steps is what a lasting gradient of 1 would move the weight by', () => {
  const only = { shape: [1], start: Float64Array.of(1), gradients: [Float64Array.of(3)], learningRate: 0.5 }
  const first = (kind: string, params: Params) => {
    const definition = definitions.optimizer[kind]!
    const all = { ...legalValues(definition, 0)[0]!, ...params }
    return train(definition, all, only)[0]!.stepSize![0]!
  }
  test.each([
    ['sgd', {}, 0.5],
    ['sgd', { momentum: 0.5 }, 1],
    ['sgd', { momentum: 0.75, nesterov: true }, 2],
    ['adam', { beta2: 0.875, epsilon: 0.5 }, (0.5 * Math.sqrt(0.125)) / (Math.sqrt(0.125 * 9) + 0.5)],
    ['adamax', { epsilon: 0.5 }, 0.5 / 3.5],
    ['nadam', { beta2: 0.875, epsilon: 0.5 }, 0.5 / 3.5],
    ['rmsprop', { rho: 0.75, epsilon: 0.5, momentum: 0.5 }, 1 / Math.sqrt(0.25 * 9 + 0.5)],
    ['adagrad', { initialAccumulatorValue: 0.5, epsilon: 0.5 }, 0.5 / Math.sqrt(10)],
    ['adadelta', { rho: 0.75, epsilon: 0.5 }, 0.5 * Math.sqrt(0.5 / (0.25 * 9 + 0.5))],
    ['ftrl', { initialAccumulatorValue: 7, beta: 0.25, l2RegularizationStrength: 0.5 }, 1 / (4 / 0.5 + 1 + 0.5)],
    ['lamb', { beta2: 0.875, epsilon: 0.5 }, ((3.5 / 3) * 0.5) / 3.5],
  ])('%s', (kind, params, expected) => {
    expect(first(kind, params) / expected).toBeCloseTo(1, 6)
  })
})

describe('Muon leaves to Adam', () => {
  const definition = definitions.optimizer.muon!
  const defaults = legalValues(definition, 0)[0]!
  const slots = (shape: readonly number[], weight: string, params: Params = {}) =>
    Object.keys(definition.slots({ ...defaults, ...params }, shape, weight))

  test.each([
    ['what is no matrix', [5], 'dense1/bias', {}],
    ['convolutions', [3, 3, 4, 8], 'conv2d1/kernel', {}],
    ['embeddings', [50, 8], 'embedding1/embeddings', {}],
    ['layers it is told to', [4, 8], 'output/kernel', { excludeLayers: 'nothing, output' }],
  ])('%s', (_, shape, weight, params) => {
    expect(slots(shape, weight, params)).toEqual(['gradientSum', 'squareSum'])
  })

  test('and nothing else', () => {
    expect(slots([4, 8], 'dense1/kernel')).toEqual(['momentum'])
    expect(slots([50, 8], 'embedding1/embeddings', { excludeEmbeddings: false })).toEqual(['momentum'])
  })
})
