import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { Program } from '#engine/compile/program.ts'
import { drawsOf, stepKey } from '#engine/compile/random.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { Setting } from '#engine/project/project.ts'
import { differences, distance } from '../support/differences.ts'
import { evaluate64, evaluateNumbers, type Numbers } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { chain, setting } from '../support/projects.ts'
import { array, mean, randoms, sum } from '../support/reals.ts'

/**
 * Techniques on the optimizer's side, in whole runs written by hand in float64: a network of three layers on numbers beside the
 * graph the compiler makes of it. Numbers of the settings are exact in float32.
 */
const [features, batch, steps, stepsPerEpoch, epochs, seed] = [3, 4, 8, 2, 4, 77]
const rows = steps * batch
const x = randoms('rows', rows * features, -1, 1)
const y = randoms('targets', rows, -1, 1)
const units = [4, 3, 1]
const shapes: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  units.flatMap((size, index) => [
    [`dense${index + 1}/kernel`, [units[index - 1] ?? features, size]],
    [`dense${index + 1}/bias`, [size]],
  ]),
)

type Weights = Readonly<Record<string, Float64Array>>

const start: Weights = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, randoms(name, count(shape), -1, 1)]),
)

const optimizers = {
  'SGD with momentum': setting('sgd', { learningRate: 0.125, momentum: 0.5 }),
  Adam: setting('adam', { learningRate: 0.0625, beta1: 0.75, beta2: 0.875, epsilon: 2 ** -10 }),
}

function compiled(optimizer: Setting, regularizers: readonly Setting[]): Program {
  const layers = units.map((size, index) => setting('dense', { units: size, ...(index < 2 && { activation: 'tanh' }) }))
  const loss = setting('meanSquaredError')
  return compile(chain(layers, { loss, optimizer, regularizers, batchSize: batch, epochs }), {
    features,
    classes: 0,
    targets: 1,
  })
}

/** Every weight and slot after each step of the compiled graph. */
function runCompiled(program: Program, length = steps): readonly ReadonlyMap<string, Numbers>[] {
  const graph = program.train(batch)
  let state = new Map<string, Numbers>([
    ...program.weights.map(({ name, shape }) => [name, array(shape, start[name]!)] as const),
    ...program.slots.map(
      ({ name, shape, fill }) => [name, array(shape, new Float64Array(count(shape)).fill(fill))] as const,
    ),
  ])
  const inputs = new Set(graph.inputs.map(({ name }) => name))
  const clock = Object.entries({ stepsPerEpoch, epochs }).filter(([name]) => inputs.has(name))
  return Array.from({ length }, (_, step) => {
    const results = evaluate64(graph, {
      x: array([rows, features], x),
      y: array([rows, 1], y),
      batches: tensorOf('int64', [1, batch], rowsOfStep(step)),
      iterations: tensorOf('int64', [1], [step]),
      seed: tensorOf('uint32', [], [seed]),
      ...Object.fromEntries(clock.map(([name, value]) => [name, array([], [value])])),
      ...Object.fromEntries(program.live.map(({ name, value }) => [name, array([], [value])])),
      ...Object.fromEntries(state),
    })
    state = new Map(
      [...state.keys()].map((name) => {
        const next = results.get(`${name}.next`)
        if (!next || next.dtype === 'string') throw new Error(`no ${name}`)
        return [name, next]
      }),
    )
    return state
  })
}

const rowsOfStep = (step: number) => Array.from({ length: batch }, (_, row) => (step * batch + row * 5) % rows)

/** What each layer puts out for a row, its input first. */
function outputsOf(weights: Weights, row: number): readonly (readonly number[])[] {
  const outputs = [Array.from(x.subarray(row * features, (row + 1) * features))]
  units.forEach((size, index) => {
    const [kernel, bias] = [weights[`dense${index + 1}/kernel`]!, weights[`dense${index + 1}/bias`]!]
    const input = outputs[index]!
    const sums = Array.from(bias, (b, unit) => b + sum(input.map((value, k) => value * kernel[k * size + unit]!)))
    outputs.push(index < 2 ? sums.map(Math.tanh) : sums)
  })
  return outputs
}

const loss = (weights: Weights, step: number) =>
  mean(rowsOfStep(step).map((row) => (outputsOf(weights, row).at(-1)![0]! - y[row]!) ** 2))

/** Backwards through the layers by hand: dz = dy (1 - tanh²), dW = xᵀ dz, db = dz, dx = dz Wᵀ. */
function gradientsOf(weights: Weights, step: number): Weights {
  const gradients = changed(weights, (weight) => weight.map(() => 0))
  for (const row of rowsOfStep(step)) {
    const outputs = outputsOf(weights, row)
    let dz = [(2 * (outputs.at(-1)![0]! - y[row]!)) / batch]
    for (const index of [2, 1, 0]) {
      const [size, input] = [units[index]!, outputs[index]!]
      const [kernel, bias] = [`dense${index + 1}/kernel`, `dense${index + 1}/bias`]
      dz.forEach((each, unit) => {
        gradients[bias]![unit]! += each
        input.forEach((value, k) => (gradients[kernel]![k * size + unit]! += value * each))
      })
      dz = input.map(
        (value, k) => (1 - value ** 2) * sum(dz.map((each, unit) => each * weights[kernel]![k * size + unit]!)),
      )
    }
  }
  return gradients
}

function changed(weights: Weights, change: (weight: Float64Array, name: string) => Float64Array): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, change(weight, name)]))
}

/** What a technique does in a run written by hand; `step` counts from 0. */
interface Technique {
  /** Where the gradient is taken. */
  readonly place?: (weights: Weights, gradients: Weights) => Weights
  readonly change?: (gradients: Weights, weights: Weights, step: number) => Weights
  /** Whether a weight learns in a step. */
  readonly learns?: (name: string, step: number) => boolean
  /** Weights after the step. */
  readonly seen?: (weights: Weights, step: number) => void
}

/** The optimizer's move of one weight, by its own count of steps; `state` is the weight's own. */
function move({ kind, params }: Setting, gradient: Float64Array, step: number, state: Map<string, Float64Array>) {
  const before = (name: string) => state.get(name) ?? new Float64Array(gradient.length)
  const rate = Number(params.learningRate)
  if (kind === 'sgd') {
    const velocity = before('velocity').map((v, k) => Number(params.momentum) * v - rate * gradient[k]!)
    state.set('velocity', velocity)
    return velocity
  }
  const [b1, b2] = [Number(params.beta1), Number(params.beta2)]
  const m = before('m').map((each, k) => b1 * each + (1 - b1) * gradient[k]!)
  const v = before('v').map((each, k) => b2 * each + (1 - b2) * gradient[k]! ** 2)
  state.set('m', m)
  state.set('v', v)
  const scale = (rate * Math.sqrt(1 - b2 ** step)) / (1 - b1 ** step)
  return m.map((each, k) => (-scale * each) / (Math.sqrt(v[k]!) + Number(params.epsilon)))
}

/** The weights after each step. */
function byHand(optimizer: Setting, technique: Technique): readonly Weights[] {
  const { place, change, learns = () => true, seen } = technique
  const states = new Map(Object.keys(start).map((name) => [name, new Map<string, Float64Array>()]))
  const learnt = new Map<string, number>()
  let weights = start
  return Array.from({ length: steps }, (_, step) => {
    const known = (all: Weights) => changed(all, (each, name) => (learns(name, step) ? each : each.map(() => 0)))
    const here = known(gradientsOf(weights, step))
    const there = place ? known(gradientsOf(place(weights, here), step)) : here
    const gradients = change?.(there, weights, step) ?? there
    weights = changed(weights, (weight, name) => {
      if (!learns(name, step)) return weight
      const own = (learnt.get(name) ?? 0) + 1
      learnt.set(name, own)
      const moved = move(optimizer, gradients[name]!, own, states.get(name)!)
      return weight.map((w, k) => w + moved[k]!)
    })
    seen?.(weights, step)
    return weights
  })
}

function expectSame(
  actual: readonly ReadonlyMap<string, Numbers>[],
  expected: readonly Weights[],
  precision = 1e-7,
  slot = '',
) {
  expect(actual.length).toBe(expected.length)
  actual.forEach((state, step) => {
    for (const [name, weight] of Object.entries(expected[step]!))
      expect(distance(state.get(name + slot)!.data, weight), `${name} after step ${step + 1}`).toBeLessThan(precision)
  })
}

const squares = (values: Iterable<number>) => sum(Array.from(values, (value) => value * value))
const norm = (values: Iterable<number>) => Math.sqrt(squares(values))
const normOfAll = (weights: Weights) => norm(Object.values(weights).flatMap((each) => Array.from(each)))

test('the gradients written by hand are those of the loss', () => {
  for (const [name, gradient] of Object.entries(gradientsOf(start, 1))) {
    const formula = (weight: Float64Array) => loss({ ...start, [name]: weight }, 1)
    expect(distance(gradient, differences(formula, start[name]!)), name).toBeLessThan(1e-9)
  }
})

describe.each(Object.entries(optimizers))('by %s, steps equal those written by hand', (_, optimizer) => {
  const run = (...regularizers: readonly Setting[]) => runCompiled(compiled(optimizer, regularizers))

  test('with nothing else', () => {
    expectSame(run(), byHand(optimizer, {}))
  })

  test('with sharpness-aware minimization', () => {
    const place = (weights: Weights, gradients: Weights) => {
      const length = normOfAll(gradients)
      return changed(weights, (weight, name) => weight.map((w, k) => w + (0.25 * gradients[name]![k]!) / length))
    }
    const expected = byHand(optimizer, { place })
    expectSame(run(setting('sharpnessAware', { radius: 0.25 })), expected)
    expect(
      distance(expected.at(-1)!['dense1/kernel']!, byHand(optimizer, {}).at(-1)!['dense1/kernel']!),
    ).toBeGreaterThan(1e-3)
  })

  test('with sharpness-aware minimization in its adaptive form', () => {
    const place = (weights: Weights, gradients: Weights) => {
      const sizes = changed(weights, (weight, name) =>
        weight.map((w) => (name.endsWith('bias') ? 1 : Math.abs(w) + Math.fround(0.01))),
      )
      const length = normOfAll(changed(gradients, (each, name) => each.map((g, k) => g * sizes[name]![k]!)))
      return changed(weights, (weight, name) =>
        weight.map((w, k) => w + (0.5 * sizes[name]![k]! ** 2 * gradients[name]![k]!) / length),
      )
    }
    expectSame(run(setting('sharpnessAware', { radius: 0.5, adaptive: true })), byHand(optimizer, { place }))
  })

  test.each([
    ['lastLayer', (name: string) => !name.startsWith('dense3')],
    ['lastLayerAndBiases', (name: string) => !name.startsWith('dense3') && name.endsWith('kernel')],
    ['nothing', () => true],
  ] as const)('with adaptive clipping that leaves out %s', (excluded, clips) => {
    const limit = 2 ** -5
    const change = (gradients: Weights, weights: Weights) =>
      changed(gradients, (gradient, name) => {
        if (!clips(name)) return gradient
        const [size, other] = shapes[name]!.toReversed()
        // A vector is one unit, a kernel has one for each column.
        const unitOf = (k: number) => (other === undefined ? 0 : k % size!)
        const of = (values: Float64Array, unit: number) => norm(values.filter((_, k) => unitOf(k) === unit))
        return gradient.map((g, k) => {
          const most = limit * Math.max(of(weights[name]!, unitOf(k)), 1e-3)
          const length = of(gradient, unitOf(k))
          return length > most ? (g * most) / length : g
        })
      })
    const expected = byHand(optimizer, { change })
    expectSame(run(setting('adaptiveClipping', { limit, excluded })), expected)
  })

  test('with gradient noise, after clipping', () => {
    const names = Object.keys(start)
    const noiseOf = (step: number, index: number): Float64Array => {
      const g = new Builder('noise')
      const key = stepKey(g, g.scalar(seed, 'uint32'), g.scalar(step, 'int64'))
      const stream = index === 0 ? 'gradientNoise' : `gradientNoise.draw${index + 1}`
      g.output(drawsOf(g, key).normal(stream, shapes[names[index]!]!), 'drawn')
      return evaluateNumbers(g.graph, {}).data
    }
    const change = (gradients: Weights, _: Weights, step: number) => {
      const deviation = Math.sqrt(0.25 / (1 + step) ** 0.5)
      const scale = Math.min(1, 0.5 / normOfAll(gradients))
      return changed(gradients, (gradient, name) => {
        const noise = noiseOf(step, names.indexOf(name))
        return gradient.map((g, k) => g * scale + deviation * noise[k]!)
      })
    }
    const techniques = [
      setting('clipGlobalNorm', { limit: 0.5 }),
      setting('gradientNoise', { variance: 0.25, decay: 0.5 }),
    ]
    expectSame(run(...techniques), byHand(optimizer, { change }))
  })

  test('with layers that begin to learn one after the other, and clipping by the norm of those that do', () => {
    const begins: Readonly<Record<string, number>> = { dense3: 0, dense2: stepsPerEpoch, dense1: 2 * stepsPerEpoch }
    const technique: Technique = {
      learns: (name, step) => step >= begins[name.split('/')[0]!]!,
      change: (gradients) => {
        const scale = Math.min(1, 0.25 / normOfAll(gradients))
        return changed(gradients, (gradient) => gradient.map((g) => g * scale))
      },
    }
    const states = run(setting('clipGlobalNorm', { limit: 0.25 }), setting('gradualUnfreezing'))
    expectSame(states, byHand(optimizer, technique))
    expect([...states[2 * stepsPerEpoch - 1]!.get('dense1/kernel')!.data]).toEqual([...start['dense1/kernel']!])
  })

  test('with two layers learning at first, and one more after two epochs', () => {
    const learns = (name: string, step: number) => !name.startsWith('dense1') || step >= 2 * stepsPerEpoch
    expectSame(run(setting('gradualUnfreezing', { every: 2, first: 2 })), byHand(optimizer, { learns }))
  })

  test('with layers held, sharpness is sought among those that learn', () => {
    const learns = (name: string, step: number) => !name.startsWith('dense1') || step >= 2 * stepsPerEpoch
    const place = (weights: Weights, gradients: Weights) => {
      const length = normOfAll(gradients)
      return changed(weights, (weight, name) => weight.map((w, k) => w + (0.25 * gradients[name]![k]!) / length))
    }
    const techniques = [
      setting('sharpnessAware', { radius: 0.25 }),
      setting('gradualUnfreezing', { every: 2, first: 2 }),
    ]
    expectSame(run(...techniques), byHand(optimizer, { learns, place }))
  })

  test('with a moving mean of the weights', () => {
    const means: Weights[] = []
    const seen = (weights: Weights) =>
      means.push(
        changed(weights, (weight, name) => {
          const before = means.at(-1)?.[name]
          return before ? weight.map((w, k) => 0.75 * before[k]! + 0.25 * w) : weight
        }),
      )
    const expected = byHand(optimizer, { seen })
    const states = run(setting('weightAverage', { momentum: 0.75 }))
    expectSame(states, expected)
    expectSame(states, means, 1e-7, '/weightAverage.mean')
  })

  test.each([
    { start: 0.5, every: 1, counted: [4, 6, 8] },
    { start: 0, every: 1, counted: [2, 4, 6, 8] },
    { start: 0, every: 2, counted: [2, 6] },
    { start: 0.25, every: 3, counted: [2, 8] },
    { start: 0.875, every: 1, counted: [8] },
    { start: 1, every: 1, counted: [8] },
  ])('with the mean of the weights at the ends of epochs: %j', ({ counted, ...params }) => {
    const known: Weights[] = []
    const means: Weights[] = []
    const seen = (weights: Weights, step: number) => {
      if (counted.includes(step + 1)) known.push(weights)
      means.push(
        known.length === 0
          ? weights
          : changed(weights, (weight, name) => weight.map((_, k) => mean(known.map((each) => each[name]![k]!)))),
      )
    }
    const expected = byHand(optimizer, { seen })
    const program = compiled(optimizer, [setting('stochasticWeightAverage', params)])
    const states = runCompiled(program)
    expectSame(states, expected)
    expectSame(states, means, 1e-7, '/stochasticWeightAverage.mean')
    expect([...program.final]).toEqual(Object.keys(start).map((name) => [name, `${name}/stochasticWeightAverage.mean`]))
    const counts = states.map((state) => state.get('dense1/bias/stochasticWeightAverage.count')!.data[0])
    expect(counts).toEqual(
      Array.from({ length: steps }, (_, step) => counted.filter((each) => each <= step + 1).length),
    )
  })
})

test('while nothing is averaged, the mean is the weights themselves to the last bit', () => {
  const states = runCompiled(compiled(optimizers.Adam, [setting('stochasticWeightAverage', { start: 0.75 })]), 5)
  for (const name of Object.keys(start))
    for (const state of states)
      expect([...state.get(`${name}/stochasticWeightAverage.mean`)!.data], name).toEqual([...state.get(name)!.data])
})

test('a layer that begins late in a run that adds up gradients takes its first step as others do', () => {
  const optimizer = { ...optimizers.Adam, params: { ...optimizers.Adam.params, accumulatedSteps: 3 } }
  const states = runCompiled(compiled(optimizer, [setting('gradualUnfreezing', { every: 1, first: 2 })]))
  const kernels = states.map((state) => state.get('dense1/kernel')!.data)
  // It learns from step 3 on, within the first three to be added up, whose first two have no gradient of it.
  const own = states.map((_, step) => state64(states, step))
  const g = gradientsOf(own[2 - 1]!, 2)['dense1/kernel']!.map((each) => each / 3)
  const scale = (0.0625 * Math.sqrt(1 - 0.875)) / (1 - 0.75)
  const expected = start['dense1/kernel']!.map(
    (w, k) => w - (scale * 0.25 * g[k]!) / (Math.sqrt(0.125 * g[k]! ** 2) + 2 ** -10),
  )
  expect([...kernels[1]!]).toEqual([...start['dense1/kernel']!])
  expect(distance(kernels[2]!, expected)).toBeLessThan(1e-7)
})

const state64 = (states: readonly ReadonlyMap<string, Numbers>[], step: number): Weights =>
  changed(start, (_, name) => Float64Array.from(states[step]!.get(name)!.data))

describe('a run refuses', () => {
  test('two techniques that say where the gradient is taken', () => {
    const twice = [setting('sharpnessAware'), setting('sharpnessAware', { adaptive: true })]
    expect(() => compiled(optimizers.Adam, twice)).toThrow(
      'The run: Sharpness-aware minimization says where the gradient is taken, and so does Sharpness-aware minimization before it; remove one of them.',
    )
  })

  test.each([
    ['balancedSampling', 'Balanced sampling'],
    ['smote', 'SMOTE'],
  ])('%s where numbers are predicted', (kind, title) => {
    expect(() => compiled(optimizers.Adam, [setting(kind)])).toThrow(
      `${title} needs classes, and what is predicted are numbers; remove it, or make the target a category.`,
    )
  })
})
