import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import type { LossDefinition } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import type { Value } from '#engine/graph/graph.ts'
import { differences, distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { logSumExp, mean, randoms, rowsOf, sigmoid, softmax, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

interface Reference {
  /** The loss of one row of predictions (probabilities for classes) or of logits, from the formula alone. */
  readonly fromPrediction: (prediction: readonly number[], target: readonly number[], params: Params) => number
  readonly fromLogits?: (logits: readonly number[], target: readonly number[]) => number
  readonly activation: (logits: readonly number[]) => readonly number[]
  readonly target: (row: number, width: number) => readonly number[]
}
type Params = Readonly<Record<string, unknown>>

const clip = (p: number) => Math.min(Math.max(p, 1e-7), 1 - 1e-7)

/** One class a row, or a mixture of classes in every third row. */
const classes = (row: number, width: number) =>
  Array.from({ length: width }, (_, k) => (row % 3 === 2 ? 1 / width : Number(k === row % width)))

const crossEntropy: Reference = {
  fromPrediction: (p, y) => -sum(y.map((each, k) => each * Math.log(clip(p[k]! / sum(p))))),
  fromLogits: (z, y) => -sum(y.map((each, k) => each * (z[k]! - logSumExp(z)))),
  activation: softmax,
  target: classes,
}

const regression = (cost: (error: number, params: Params) => number): Reference => ({
  fromPrediction: (p, y, params) => mean(p.map((each, k) => cost(each - y[k]!, params))),
  activation: (z) => z,
  target: (row, width) => Array.from(randoms(`target ${row}`, width)),
})

const references: Readonly<Record<string, Reference>> = {
  binaryCrossentropy: {
    fromPrediction: (p, y) =>
      mean(p.map((each, k) => -(y[k]! * Math.log(clip(each)) + (1 - y[k]!) * Math.log(1 - clip(each))))),
    fromLogits: (z, y) =>
      mean(z.map((each, k) => Math.max(each, 0) - each * y[k]! + Math.log1p(Math.exp(-Math.abs(each))))),
    activation: (z) => z.map(sigmoid),
    target: (row, width) => Array.from({ length: width }, (_, k) => [0, 1, 0.3][(row + k) % 3]!),
  },
  categoricalCrossentropy: crossEntropy,
  sparseCategoricalCrossentropy: crossEntropy,
  meanSquaredError: regression((e) => e * e),
  meanAbsoluteError: regression(Math.abs),
  huber: regression((e, { delta }) => {
    const d = Number(delta)
    return Math.abs(e) <= d ? (e * e) / 2 : d * Math.abs(e) - (d * d) / 2
  }),
}

type Form = 'predictions' | 'logits behind predictions' | 'logits'

/** Loss per row, and the gradient of the sum of all rows with respect to what the network computed last. */
function compute(loss: LossDefinition, params: Params, form: Form, z: Float64Array, width: number, target: number[]) {
  const rows = z.length / width
  const bench = new Bench()
  const { g } = bench
  const input = bench.feed('z', [rows, width], z)
  const activation = loss.activation === 'sigmoid' ? 'Sigmoid' : 'Softmax'
  const behind = form === 'logits behind predictions'
  const prediction: Value = !behind ? input : loss.activation === 'sigmoid' ? g.Sigmoid(input) : g.Softmax(input)
  const perRow = loss.build({
    ...bench.hooks(loss, { ...params, ...('fromLogits' in loss.params ? { fromLogits: form === 'logits' } : {}) }),
    prediction,
    target: bench.feed('y', [rows, width], target),
    logits: (kind) => (behind && kind === activation ? input : null),
  })
  expect(perRow.shape).toEqual([rows])
  const [dz] = gradients(g, g.ReduceSum(perRow, null), [input])
  const [values, slope] = bench.run(perRow, dz!)
  return { values: values!.data, slope: slope!.data }
}

test('every loss has a formula to be held against', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(definitions.loss).toSorted())
})

describe.each(Object.entries(definitions.loss))('%s', (kind, loss) => {
  const reference = references[kind]
  if (!reference) return
  const { fromLogits, fromPrediction, activation } = reference

  test.each([1, 2, 4])('of %i outputs has the value and the gradient of its formula', (width) => {
    if (loss.activation === 'softmax' && width === 1) return
    const rows = 6
    const target = Array.from({ length: rows }, (_, row) => reference.target(row, width)).flat()
    const z = randoms(`${kind} ${width}`, rows * width, -3, 3)
    for (const params of legalValues(loss, 3)) {
      const forms: [Form, Float64Array, (row: readonly number[], y: readonly number[]) => number][] = [
        [
          'predictions',
          Float64Array.from(rowsOf(z, width).flatMap(activation)),
          (row, y) => fromPrediction(row, y, params),
        ],
      ]
      if (fromLogits) forms.push(['logits behind predictions', z, fromLogits], ['logits', z, fromLogits])
      for (const [form, at, formula] of forms) {
        const perRow = (point: Float64Array) =>
          rowsOf(point, width).map((row, index) => formula(row, target.slice(index * width, (index + 1) * width)))
        const { values, slope } = compute(loss, params, form, at, width, target)
        expect(distance(values, perRow(at)), `values from ${form}`).toBeLessThan(1e-6)
        expect(
          distance(
            slope,
            differences((point) => sum(perRow(point)), at, 1e-5),
          ),
          `gradient from ${form}`,
        ).toBeLessThan(1e-6)
      }
    }
  })
})
