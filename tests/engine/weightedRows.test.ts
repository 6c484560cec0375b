import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { DataShape, Program } from '#engine/compile/program.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { Setting } from '#engine/project/project.ts'
import { differences, distance } from '../support/differences.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { chain, setting } from '../support/projects.ts'
import { array, logSumExp, mean, randoms, rowsOf, sum } from '../support/reals.ts'

/** One Dense layer over three classes, one step of SGD with a learning rate of 1: the weights move by their gradient. */
const [rows, features, classes] = [6, 2, 3]
const x = randoms('weighted rows', rows * features)
const y = [0, 2, 1, 0, 0, 2]
const kernel = randoms('weighted kernel', features * classes)
const counts = [3, 1, 2]
const rowWeights = [0.5, 2, 0, 1, 1.5, 0.25]
const data: DataShape = { features, classes, targets: 1, counts }

function project(regularizers: readonly Setting[]) {
  return chain([setting('dense', { units: classes, activation: 'softmax', useBias: false })], {
    optimizer: setting('sgd', { learningRate: 1 }),
    metrics: [setting('accuracy')],
    regularizers,
  })
}

/** The mean over the batch of the weighed cross-entropies; the weights are not normed, as in Keras. */
function loss(weights: ArrayLike<number>, factors: readonly number[]): number {
  const losses = rowsOf(x, features).map((row, index) => {
    const z = [0, 1, 2].map((unit) => sum(row.map((value, k) => value * weights[k * classes + unit]!)))
    return factors[index]! * (logSumExp(z) - z[y[index]!]!)
  })
  return mean(losses)
}

function feeds(program: Program, shape: DataShape) {
  return {
    x: array([rows, features], x),
    y: tensorOf('int64', [rows], y),
    ...(shape.rowWeights ? { rowWeights: array([rows], rowWeights) } : {}),
    ...Object.fromEntries(program.live.map(({ name, value }) => [name, array([], [value])])),
    'dense1/kernel': array([features, classes], kernel),
  }
}

const numbersOf = (results: ReturnType<typeof evaluate64>, name: string): number[] =>
  Array.from(results.get(name)?.data ?? expect.fail(`there is no ${name}`), Number)

/** Loss and accuracy of a step and of evaluation, and the gradient the step followed. */
function run(regularizers: readonly Setting[], shape: DataShape) {
  const program = compile(project(regularizers), shape)
  const step = evaluate64(program.train(rows), {
    ...feeds(program, shape),
    batches: tensorOf('int64', [1, rows], [0, 1, 2, 3, 4, 5]),
    iterations: tensorOf('int64', [1], [0]),
    seed: tensorOf('uint32', [], [1]),
  })
  const evaluation = evaluate64(program.evaluate(), feeds(program, shape))
  return {
    trained: numbersOf(step, 'report'),
    evaluated: numbersOf(evaluation, 'report'),
    gradient: numbersOf(step, 'dense1/kernel.next').map((after, index) => kernel[index]! - after),
  }
}

const alike = y.map(() => 1)

describe('the loss of a step', () => {
  test.each([
    ['balanced', setting('classWeights'), [6 / 9, 6 / 3, 6 / 6]],
    ['given', setting('classWeights', { mode: 'given', weights: [0.5, 3] }), [0.5, 3, 1]],
  ])('counts rows by their class (%s), and validation counts them all alike', (_, technique, table) => {
    const factors = y.map((each) => table[each]!)
    const { trained, evaluated, gradient } = run([technique], data)
    expect(trained[0]).toBeCloseTo(loss(kernel, factors), 7)
    expect(evaluated[0]).toBeCloseTo(loss(kernel, alike), 7)
    expect(
      distance(
        gradient,
        differences((point) => loss(point, factors), kernel),
      ),
    ).toBeLessThan(1e-7)
    expect(trained[1]).toBe(evaluated[1])
  })

  test('counts rows by weights of their own, in validation too, and metrics count them all alike', () => {
    const { trained, evaluated, gradient } = run([], { ...data, rowWeights: true })
    expect(trained[0]).toBeCloseTo(loss(kernel, rowWeights), 9)
    expect(evaluated).toEqual(trained)
    expect(
      distance(
        gradient,
        differences((point) => loss(point, rowWeights), kernel),
      ),
    ).toBeLessThan(1e-9)
    expect(trained[1]).toBe(run([], data).trained[1])
  })

  test('counts rows by both', () => {
    const factors = y.map((each, index) => [6 / 9, 6 / 3, 6 / 6][each]! * rowWeights[index]!)
    expect(run([setting('classWeights')], { ...data, rowWeights: true }).trained[0]).toBeCloseTo(
      loss(kernel, factors),
      7,
    )
  })
})

describe('class weights say what does not fit', () => {
  test('more weights than classes', () => {
    const technique = setting('classWeights', { mode: 'given', weights: [1, 2, 3, 4] })
    expect(() => compile(project([technique]), data)).toThrow(
      'Class weights: there are 4 weights for 3 classes; remove some.',
    )
  })

  test('data that do not say how many rows each class has', () => {
    expect(() => compile(project([setting('classWeights')]), { features, classes, targets: 1 })).toThrow(
      'not known how many rows each class has; give the weights.',
    )
  })

  test('several labels a row', () => {
    const network = chain([setting('dense', { units: 2, activation: 'sigmoid' })], {
      loss: setting('binaryCrossentropy'),
      regularizers: [setting('classWeights', { mode: 'given', weights: [1, 2] })],
    })
    expect(() => compile(network, { features, classes: 0, targets: 2 })).toThrow(
      'Class weights: each row needs one class, but dense1 has several to predict; remove it.',
    )
  })

  test('numbers', () => {
    const network = chain([setting('dense', { units: 1 })], {
      loss: setting('meanSquaredError'),
      regularizers: [setting('classWeights')],
    })
    expect(() => compile(network, { features, classes: 0, targets: 1 })).toThrow('Class weights needs classes')
  })
})
