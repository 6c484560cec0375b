import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { DataShape } from '#engine/compile/program.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { Setting } from '#engine/project/project.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { chain, setting } from '../support/projects.ts'
import { array, mean, randoms, rowsOf, softmax } from '../support/reals.ts'

/** Networks that put out something for each of several places: a sequence of 2 steps with 3 numbers each. */
const [rows, steps, width] = [4, 2, 3]
const size = steps * width
const x = randoms('places', rows * size)
const outputs = rowsOf(x, width)

function network(loss: string, metrics: readonly Setting[], activation = 'linear') {
  return chain([setting('reshape', { shape: [steps, width] }), setting('activation', { activation })], {
    loss: setting(loss),
    metrics,
  })
}

function report(project: ReturnType<typeof network>, targets: number, y: readonly number[], whole = false): number[] {
  const data: DataShape = { features: size, classes: 0, targets }
  const program = compile(project, data)
  const [output] = program.outputs
  const shape = [rows, ...(output?.target.shape ?? [])]
  const results = evaluate64(program.evaluate(), {
    x: array([rows, size], x),
    y: whole ? tensorOf('int64', shape, y) : array(shape, y),
  })
  return Array.from(results.get('report')?.data ?? expect.fail('there is no report'), Number)
}

describe('target columns are the places of an output', () => {
  test('with a number for each', () => {
    const y = Array.from(randoms('place targets', rows * size))
    const errors = y.map((each, index) => each - x[index]!)
    const [loss, mae] = report(network('meanSquaredError', [setting('meanAbsoluteError')]), size, y)
    expect(loss).toBeCloseTo(mean(errors.map((each) => each ** 2)), 9)
    expect(mae).toBeCloseTo(mean(errors.map(Math.abs)), 9)
  })

  test('with the number of a class for each step', () => {
    const y = [0, 2, 1, 1, 2, 0, 0, 1]
    const project = network('sparseCategoricalCrossentropy', [setting('accuracy'), setting('f1Score')], 'softmax')
    const [loss, accuracy] = report(project, steps, y, true)
    expect(loss).toBeCloseTo(mean(outputs.map((place, index) => -Math.log(softmax(place)[y[index]!]!))), 6)
    expect(accuracy).toBeCloseTo(
      mean(outputs.map((place, index) => Number(place.indexOf(Math.max(...place)) === y[index]))),
      9,
    )
  })

  test('with one column a class for each step', () => {
    const y = [0, 2, 1, 1, 2, 0, 0, 1].flatMap((each) => [0, 1, 2].map((k) => Number(k === each)))
    const [loss] = report(network('categoricalCrossentropy', [], 'softmax'), size, y)
    const right = outputs.map((place, index) => softmax(place)[y.slice(3 * index, 3 * index + 3).indexOf(1)]!)
    expect(loss).toBeCloseTo(mean(right.map((each) => -Math.log(each))), 6)
  })
})

test.each([
  ['meanSquaredError', 5, 'puts out [2, 3] a row, but Mean squared error needs [5] for these data; put Flatten'],
  [
    'sparseCategoricalCrossentropy',
    3,
    'a class for each of 2 places, but 3 columns are targets; give each place one column.',
  ],
])('%s over places says what does not fit %i target columns', (loss, targets, message) => {
  expect(() => compile(network(loss, []), { features: size, classes: 0, targets })).toThrow(message)
})
