import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { drawsOf, stepKey } from '#engine/compile/random.ts'
import type { Program } from '#engine/compile/program.ts'
import type { Setting } from '#engine/project/project.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { differences, distance } from '../support/differences.ts'
import { evaluate64, evaluateNumbers, type Numbers } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { chain, setting } from '../support/projects.ts'
import { array, logSumExp, mean, randoms, rowsOf, sum } from '../support/reals.ts'

/**
 * A whole training run, written out by hand in float64 and differentiated by finite differences, beside the one graph the
 * compiler makes of the same project. Its numbers are exact in float32, so that nothing but the computation differs.
 */
const rows = 12
const features = 3
const classes = 3
const hidden = 4
const batch = 4
const seed = 12345
const dropoutRate = 0.25
const smoothing = 0.125
const strengths = { kernelL1: 0.03125, kernelL2: 0.0625, activity: 0.5, bias: 0.25 }

const x = randoms('rows', rows * features)
const y = Array.from({ length: rows }, (_, row) => (row * 7) % classes)
const order = [5, 2, 9, 0, 7, 11, 4, 1, 8, 3, 10, 6]

function project(optimizer: Setting, regularizers: readonly Setting[], form = 'gradient') {
  const dense1 = setting('dense', {
    units: hidden,
    activation: 'tanh',
    kernelRegularizers: [
      setting('l1', { strength: strengths.kernelL1, form }),
      setting('l2', { strength: strengths.kernelL2 }),
    ],
    activityRegularizers: [setting('l2', { strength: strengths.activity })],
  })
  const dense3 = setting('dense', {
    units: classes,
    activation: 'softmax',
    biasRegularizers: [setting('l2', { strength: strengths.bias })],
  })
  return chain([dense1, setting('dropout', { rate: dropoutRate }), dense3], {
    optimizer,
    regularizers: [setting('labelSmoothing', { amount: smoothing }), ...regularizers],
    metrics: [setting('accuracy')],
  })
}

const data = { features, classes, targets: 1 }

type Weights = Readonly<Record<string, Float64Array>>

const start: Weights = {
  'dense1/kernel': randoms('kernel 1', features * hidden, 0.1, 1).map((w, index) => (index % 2 ? w : -w)),
  'dense1/bias': randoms('bias 1', hidden),
  'dense3/kernel': randoms('kernel 3', hidden * classes),
  'dense3/bias': randoms('bias 3', classes),
}

/** The mask the dropout of a step draws: 0 or 1 for each element. What it must be like is tests/numeric/dropout's business. */
function maskOf(iteration: number): readonly number[] {
  const g = new Builder('mask')
  const key = stepKey(g, g.scalar(seed, 'uint32'), g.scalar(iteration, 'int64'))
  g.output(drawsOf(g, key).mask('dropout2', [batch, hidden], g.scalar(dropoutRate)), 'mask')
  return Array.from(evaluateNumbers(g.graph, {}).data)
}

function times(row: readonly number[], kernel: Float64Array, bias: Float64Array): number[] {
  const units = bias.length
  return Array.from(bias, (b, unit) => b + sum(row.map((value, k) => value * kernel[k * units + unit]!)))
}

/** Data loss, each penalty and the accuracy of a batch. `kept` null: no dropout, as in evaluation. */
function objective(weights: Weights, batchRows: readonly number[], kept: readonly number[] | null) {
  const inputs = rowsOf(x, features)
  const activities: number[] = []
  const losses: number[] = []
  const hits: number[] = []
  batchRows.forEach((row, index) => {
    const h = times(inputs[row]!, weights['dense1/kernel']!, weights['dense1/bias']!).map(Math.tanh)
    activities.push(...h)
    const dropped = h.map((value, k) => (kept ? (value * kept[index * hidden + k]!) / (1 - dropoutRate) : value))
    const z = times(dropped, weights['dense3/kernel']!, weights['dense3/bias']!)
    const target = z.map((_, k) => Number(k === y[row]))
    const aim = target.map((each) => each * (1 - smoothing) + smoothing / classes)
    losses.push(-sum(aim.map((each, k) => each * (z[k]! - logSumExp(z)))))
    hits.push(Number(z.indexOf(Math.max(...z)) === y[row]))
  })
  const squares = (values: ArrayLike<number>) => sum(Array.from(values, (value) => value * value))
  return {
    data: mean(losses),
    l1: strengths.kernelL1 * sum(weights['dense1/kernel']!.map(Math.abs)),
    l2: strengths.kernelL2 * squares(weights['dense1/kernel']!),
    bias: strengths.bias * squares(weights['dense3/bias']!),
    activity: (strengths.activity * squares(activities)) / batchRows.length,
    accuracy: mean(hits),
  }
}

const report = ({ data: loss, l1, l2, bias, activity, accuracy }: ReturnType<typeof objective>) => [
  loss,
  l1,
  l2,
  bias,
  activity,
  accuracy,
]

/** Gradients of everything that is differentiated, by finite differences. */
function slopes(weights: Weights, batchRows: readonly number[], kept: readonly number[], withL1: boolean): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, at]) => [
      name,
      differences((point) => {
        const { data: loss, l1, l2, bias, activity } = objective({ ...weights, [name]: point }, batchRows, kept)
        return loss + (withL1 ? l1 : 0) + l2 + bias + activity
      }, at),
    ]),
  )
}

/** Feeds of the train graph for a slice of steps, from this state on. */
function feedsOf(program: Program, state: ReadonlyMap<string, Numbers>, first: number, steps: number) {
  return {
    x: array([rows, features], x),
    y: tensorOf('int64', [rows], y),
    batches: tensorOf('int64', [steps, batch], order.slice(first * batch, (first + steps) * batch)),
    iterations: tensorOf(
      'int64',
      [steps],
      Array.from({ length: steps }, (_, step) => first + step),
    ),
    seed: tensorOf('uint32', [], [seed]),
    ...Object.fromEntries(program.live.map(({ name, value }) => [name, array([], [value])])),
    ...Object.fromEntries(state),
  }
}

function initialState(program: Program): Map<string, Numbers> {
  return new Map([
    ...program.weights.map(({ name, shape }) => [name, array(shape, start[name]!)] as const),
    ...program.slots.map(
      ({ name, shape, fill }) => [name, array(shape, new Float64Array(count(shape)).fill(fill))] as const,
    ),
  ])
}

/** Runs slices of so many steps each in the evaluator; gives the state after them and one report a step. */
function run(program: Program, slices: readonly number[]) {
  const graph = program.train(batch)
  let state: ReadonlyMap<string, Numbers> = initialState(program)
  const reports: number[][] = []
  let done = 0
  for (const steps of slices) {
    const results = evaluate64(graph, feedsOf(program, state, done, steps))
    const numbers = (name: string): Numbers => {
      const result = results.get(name)
      if (!result || result.dtype === 'string') throw new Error(`no ${name}`)
      return result
    }
    state = new Map([...state.keys()].map((name) => [name, numbers(`${name}.next`)]))
    reports.push(...rowsOf(numbers('report').data, program.columns.length))
    done += steps
  }
  return { state, reports }
}

type Step = (context: { weight: Float64Array; gradient: Float64Array; name: string; step: number }) => Float64Array

/** The run by hand; `change` is what happens to all gradients, `update` to each weight. */
function byHand(steps: number, change: (all: Weights) => Weights, update: Step, withL1 = true) {
  let weights = start
  const reports: number[][] = []
  for (let step = 0; step < steps; step++) {
    const batchRows = order.slice(step * batch, (step + 1) * batch)
    const kept = maskOf(step)
    reports.push(report(objective(weights, batchRows, kept)))
    const all = change(slopes(weights, batchRows, kept, withL1))
    weights = Object.fromEntries(
      Object.entries(weights).map(([name, weight]) => [
        name,
        update({ weight, gradient: all[name]!, name, step: step + 1 }),
      ]),
    )
  }
  return { weights, reports }
}

function expectSame(program: Program, expected: ReturnType<typeof byHand>, precision = 1e-8) {
  const { state, reports } = run(program, [3])
  for (const [name, weight] of Object.entries(expected.weights)) {
    expect(distance(state.get(name)!.data, weight), name).toBeLessThan(precision)
  }
  expect(distance(reports.flat(), expected.reports.flat()), 'report').toBeLessThan(precision)
}

const asTheyAre = (all: Weights) => all
const norm = (values: Iterable<number>) => Math.sqrt(sum(Array.from(values, (value) => value * value)))

describe('the compiled training step equals the one written by hand', () => {
  test('with SGD, dropout, label smoothing, penalties on kernel, bias and activity', () => {
    const program = compile(project(setting('sgd', { learningRate: 0.25 }), []), data)
    expect(program.columns).toEqual([
      'data',
      'penalty:dense1/kernel/l1',
      'penalty:dense1/kernel/l2',
      'penalty:dense3/bias/l2',
      'penalty:dense1/activity/l2',
      'metric:accuracy',
    ])
    expectSame(
      program,
      byHand(3, asTheyAre, ({ weight, gradient }) => weight.map((w, k) => w - 0.25 * gradient[k]!)),
    )
  })

  test('with a learning rate that warms up and falls from step to step', () => {
    const schedule = setting('cosineDecay', { steps: 4, alpha: 0.25, warmupSteps: 1, warmupFrom: 0.5 })
    const program = compile(project(setting('sgd', { learningRate: 0.25, schedule }), []), data)
    const rates = [0, 1, 2].map((done) => {
      if (done === 0) return 0.25 * 0.5
      return 0.25 * (0.75 * 0.5 * (1 + Math.cos((Math.PI * (done - 1)) / 4)) + 0.25)
    })
    expectSame(
      program,
      byHand(3, asTheyAre, ({ weight, gradient, step }) => weight.map((w, k) => w - rates[step - 1]! * gradient[k]!)),
      1e-7,
    )
  })

  test('with clipping by the global norm, then weight decay, then SGD with Nesterov momentum', () => {
    const program = compile(
      project(setting('sgd', { learningRate: 0.25, momentum: 0.5, nesterov: true }), [
        setting('weightDecay', { strength: 0.125 }),
        setting('clipGlobalNorm', { limit: 0.5 }),
      ]),
      data,
    )
    const velocities: Record<string, Float64Array> = {}
    const clip = (all: Weights) => {
      const scale = Math.min(1, 0.5 / norm(Object.values(all).flatMap((each) => Array.from(each))))
      return Object.fromEntries(Object.entries(all).map(([name, each]) => [name, each.map((g) => g * scale)]))
    }
    expectSame(
      program,
      byHand(3, clip, ({ weight, gradient, name }) => {
        const before = velocities[name] ?? new Float64Array(weight.length)
        const velocity = before.map((v, k) => 0.5 * v - 0.25 * gradient[k]!)
        velocities[name] = velocity
        return weight.map((w, k) => w - w * 0.25 * 0.125 + 0.5 * velocity[k]! - 0.25 * gradient[k]!)
      }),
    )
  })

  test('with Adam and L1 as a proximal step, each weight by the step Adam takes for it', () => {
    const optimizer = setting('adam', { learningRate: 0.125, beta1: 0.75, beta2: 0.875, epsilon: 2 ** -10 })
    const program = compile(project(optimizer, [], 'proximal'), data)
    const moments: Record<string, { m: Float64Array; v: Float64Array }> = {}
    const expected = byHand(
      3,
      asTheyAre,
      ({ weight, gradient, name, step }) => {
        const zeros = new Float64Array(weight.length)
        const before = moments[name] ?? { m: zeros, v: zeros }
        const m = before.m.map((each, k) => 0.75 * each + 0.25 * gradient[k]!)
        const v = before.v.map((each, k) => 0.875 * each + 0.125 * gradient[k]! ** 2)
        moments[name] = { m, v }
        return weight.map((w, k) => {
          const rate = (0.125 * Math.sqrt(1 - 0.875 ** step)) / (Math.sqrt(v[k]!) + 2 ** -10)
          const moved = w - (rate * m[k]!) / (1 - 0.75 ** step)
          if (name !== 'dense1/kernel') return moved
          return Math.sign(moved) * Math.max(Math.abs(moved) - rate * strengths.kernelL1, 0)
        })
      },
      false,
    )
    expectSame(program, expected)
  })
})

describe('the train graph', () => {
  const program = compile(project(setting('adam'), []), data)

  test('does the same to the last bit however its steps are cut into slices', () => {
    const whole = run(program, [3])
    for (const slices of [
      [1, 2],
      [1, 1, 1],
    ]) {
      const cut = run(program, slices)
      expect(cut.reports).toEqual(whole.reports)
      for (const [name, { data: weight }] of whole.state) expect(cut.state.get(name)?.data, name).toEqual(weight)
    }
  })

  test('has an input for every live setting, every weight and every slot', () => {
    const names = new Set(program.train(batch).inputs.map(({ name }) => name))
    for (const { name } of [...program.live, ...program.weights, ...program.slots]) expect(names).toContain(name)
    expect(program.live.map(({ name }) => name).toSorted()).toEqual([
      'dense1/activity/l2.strength',
      'dense1/kernel/l1.strength',
      'dense1/kernel/l2.strength',
      'dense3/bias/l2.strength',
      'dropout2.rate',
      'labelSmoothing.amount',
      'optimizer.learningRate',
    ])
  })
})

test('the evaluate graph reports the same objective without dropout', () => {
  const program = compile(project(setting('sgd'), []), data)
  const graph = program.evaluate()
  const all = Array.from({ length: rows }, (_, row) => row)
  const feeds = {
    x: array([rows, features], x),
    y: tensorOf('int64', [rows], y),
    ...Object.fromEntries(program.live.map(({ name, value }) => [name, array([], [value])])),
    ...Object.fromEntries(initialState(program)),
  }
  const result = evaluate64(graph, feeds).get('report')
  expect(distance(Array.from(result?.data ?? [], Number), report(objective(start, all, null)))).toBeLessThan(1e-9)
})
