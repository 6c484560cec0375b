import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import type { LossDefinition } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import type { Value } from '#engine/graph/graph.ts'
import { distance, distanceAlong } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { logSumExp, mean, randoms, rowsOf, sigmoid, softmax, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

type Numbers = readonly number[]
type Params = Readonly<Record<string, unknown>>
type Formula = (outputs: Numbers, target: Numbers, params: Params) => number

interface Reference {
  /** The loss of one place of predictions (probabilities for classes), from the formula alone. */
  readonly fromPrediction: Formula
  /** The same of what went into the final sigmoid or softmax. */
  readonly fromLogits?: Formula
  /** The formula takes all outputs of a batch together. */
  readonly batch?: true
  readonly activation: (logits: Numbers) => Numbers
  readonly target: (row: number, width: number) => Numbers
}

const at = (params: Params, name: string) => Number(params[name])
const clip = (p: number) => Math.min(Math.max(p, 1e-7), 1 - 1e-7)
const clipAbove = (p: number) => Math.min(Math.max(p, 1e-7), 1)
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const sigmoids = (z: Numbers) => z.map(sigmoid)
const itself = (z: Numbers) => z

/** One class a row, or a mixture of classes in every third row. */
const classes = (row: number, width: number) =>
  Array.from({ length: width }, (_, k) => (row % 3 === 2 ? 1 / width : Number(k === row % width)))
const zerosAndOnes = (row: number, width: number) => Array.from({ length: width }, (_, k) => (row + k) % 2)
const shares = (row: number, width: number) => Array.from({ length: width }, (_, k) => [0, 1, 0.3][(row + k) % 3]!)
const quantities = (row: number, width: number) => Array.from(randoms(`target ${row}`, width))
const positive = (row: number, width: number) => quantities(row, width).map(Math.abs)

const crossEntropy: Reference = {
  fromPrediction: (p, y) => -sum(y.map((each, k) => each * Math.log(clip(p[k]! / sum(p))))),
  fromLogits: (z, y) => -sum(y.map((each, k) => each * (z[k]! - logSumExp(z)))),
  activation: softmax,
  target: classes,
}

const regression = (cost: (p: number, y: number, params: Params) => number, target = quantities): Reference => ({
  fromPrediction: (p, y, params) => mean(p.map((each, k) => cost(each, y[k]!, params))),
  activation: itself,
  target,
})

const margin = (cost: (short: number) => number): Reference => ({
  fromPrediction: (p, y) => mean(p.map((each, k) => cost(Math.max(0, 1 - (y[k] === 1 ? each : -each))))),
  activation: itself,
  target: zerosAndOnes,
})

/** What a probability p costs whose entropy is given, by how far it is off. */
function focal(p: number, y: number, entropy: number, params: Params): number {
  const [alpha, gamma] = [at(params, 'alpha'), at(params, 'gamma')]
  const balance = params.applyClassBalancing === true ? y * alpha + (1 - y) * (1 - alpha) : 1
  return balance * (1 - (y * p + (1 - y) * (1 - p))) ** gamma * entropy
}

const categoricalFocal = (p: Numbers, y: Numbers, params: Params) =>
  sum(p.map((each, k) => -(params.alpha as Numbers)[0]! * (1 - each) ** at(params, 'gamma') * y[k]! * Math.log(each)))

const divergence = (y: Numbers, logarithm: (k: number) => number) =>
  sum(y.map((each, k) => clipAbove(each) * (Math.log(clipAbove(each)) - logarithm(k))))

const overlap = (p: Numbers, y: Numbers) => sum(p.map((each, k) => each * y[k]!))

const references: Readonly<Record<string, Reference>> = {
  binaryCrossentropy: {
    fromPrediction: (p, y) =>
      mean(p.map((each, k) => -(y[k]! * Math.log(clip(each)) + (1 - y[k]!) * Math.log(1 - clip(each))))),
    fromLogits: (z, y) => mean(z.map((each, k) => softplus(each) - each * y[k]!)),
    activation: sigmoids,
    target: shares,
  },
  categoricalCrossentropy: crossEntropy,
  sparseCategoricalCrossentropy: crossEntropy,
  binaryFocalCrossentropy: {
    fromPrediction: (p, y, params) =>
      mean(
        p.map((each, k) => {
          const entropy = -(y[k]! * Math.log(clip(each)) + (1 - y[k]!) * Math.log(1 - clip(each)))
          return focal(each, y[k]!, entropy, params)
        }),
      ),
    fromLogits: (z, y, params) =>
      mean(z.map((each, k) => focal(sigmoid(each), y[k]!, softplus(each) - each * y[k]!, params))),
    activation: sigmoids,
    target: shares,
  },
  categoricalFocalCrossentropy: {
    fromPrediction: (p, y, params) =>
      categoricalFocal(
        p.map((each) => clip(each / sum(p))),
        y,
        params,
      ),
    fromLogits: (z, y, params) => categoricalFocal(softmax(z), y, params),
    activation: softmax,
    target: classes,
  },
  categoricalGeneralizedCrossentropy: {
    fromPrediction: (p, y, params) => (1 - overlap(p, y) ** at(params, 'q')) / at(params, 'q'),
    activation: softmax,
    target: classes,
  },
  klDivergence: {
    fromPrediction: (p, y) => divergence(y, (k) => Math.log(clipAbove(p[k]!))),
    fromLogits: (z, y) => divergence(y, (k) => z[k]! - logSumExp(z)),
    activation: softmax,
    target: classes,
  },
  hinge: margin((short) => short),
  squaredHinge: margin((short) => short ** 2),
  categoricalHinge: {
    fromPrediction: (p, y) => Math.max(0, Math.max(...p.map((each, k) => (1 - y[k]!) * each)) - overlap(p, y) + 1),
    activation: itself,
    target: classes,
  },
  meanSquaredError: regression((p, y) => (p - y) ** 2),
  meanAbsoluteError: regression((p, y) => Math.abs(p - y)),
  huber: regression((p, y, params) => {
    const [e, d] = [Math.abs(p - y), at(params, 'delta')]
    return e <= d ? (e * e) / 2 : d * e - (d * d) / 2
  }),
  logCosh: regression((p, y) => Math.log(Math.cosh(p - y))),
  meanAbsolutePercentageError: regression((p, y) => (100 * Math.abs(p - y)) / Math.max(Math.abs(y), 1e-7)),
  meanSquaredLogarithmicError: regression(
    (p, y) => (Math.log(Math.max(p, 1e-7) + 1) - Math.log(Math.max(y, 1e-7) + 1)) ** 2,
  ),
  cosineSimilarity: {
    fromPrediction: (p, y) => -overlap(p, y) / Math.sqrt(overlap(p, p) * overlap(y, y)),
    activation: itself,
    target: quantities,
  },
  poisson: { ...regression((p, y) => p - y * Math.log(p + 1e-7), positive), activation: (z) => z.map(softplus) },
  dice: {
    fromPrediction: (p, y) => 1 - (2 * overlap(p, y)) / (sum(p) + sum(y) + 1e-7),
    batch: true,
    activation: sigmoids,
    target: zerosAndOnes,
  },
  tversky: {
    fromPrediction: (p, y, params) => {
      const [both, missed, excess] = [overlap(p, y), sum(y) - overlap(p, y), sum(p) - overlap(p, y)]
      return 1 - both / (both + at(params, 'alpha') * missed + at(params, 'beta') * excess + 1e-7)
    },
    batch: true,
    activation: sigmoids,
    target: zerosAndOnes,
  },
}

type Form = 'predictions' | 'logits behind predictions' | 'logits'

/** Loss per row, and the gradient of the sum of all rows with respect to what the network computed last. */
function compute(
  loss: LossDefinition,
  params: Params,
  form: Form,
  z: Float64Array,
  shape: readonly number[],
  target: Numbers,
) {
  const bench = new Bench()
  const { g } = bench
  const input = bench.feed('z', shape, z)
  const activation = loss.activation === 'sigmoid' ? 'Sigmoid' : 'Softmax'
  const behind = form === 'logits behind predictions'
  const prediction: Value = !behind ? input : loss.activation === 'sigmoid' ? g.Sigmoid(input) : g.Softmax(input)
  const perRow = loss.build({
    ...bench.hooks(loss, { ...params, ...('fromLogits' in loss.params ? { fromLogits: form === 'logits' } : {}) }),
    prediction,
    target: bench.feed('y', shape, target),
    logits: (kind) => (behind && kind === activation ? input : null),
    fail: (message) => expect.fail(message),
  })
  expect(perRow.shape).toEqual(shape.slice(0, 1))
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
  const { fromLogits, fromPrediction, activation, batch } = reference

  test.each([[[6, 1]], [[6, 2]], [[6, 4]], [[3, 2, 3]], [[2, 2, 2, 2]]])(
    'of outputs %j has the value and the gradient of its formula',
    (shape) => {
      const width = shape.at(-1)!
      if (loss.activation === 'softmax' && width === 1) return
      const size = shape.reduce((product, dim) => product * dim, 1)
      const target = Array.from({ length: size / width }, (_, place) => reference.target(place, width)).flat()
      const z = randoms(`${kind} ${shape.join()}`, size, -3, 3)
      /** Each row by a formula of a place: the mean over the row's places. */
      const rows = (point: Float64Array, formula: Formula, params: Params): number[] => {
        if (batch) return new Array<number>(shape[0]!).fill(formula(Array.from(point), target, params))
        const places = rowsOf(point, width).map((place, index) =>
          formula(place, target.slice(index * width, (index + 1) * width), params),
        )
        return rowsOf(places, places.length / shape[0]!).map(mean)
      }
      for (const params of legalValues(loss, 4)) {
        const forms: [Form, Float64Array, Formula][] = [
          ['predictions', Float64Array.from(rowsOf(z, width).flatMap(activation)), fromPrediction],
        ]
        if (fromLogits) forms.push(['logits behind predictions', z, fromLogits])
        if (fromLogits && 'fromLogits' in loss.params) forms.push(['logits', z, fromLogits])
        for (const [form, point, formula] of forms) {
          const { values, slope } = compute(loss, params, form, point, shape, target)
          expect(distance(values, rows(point, formula, params)), `values from ${form}`).toBeLessThan(1e-6)
          const apart = distanceAlong((moved) => sum(rows(moved, formula, params)), point, slope, { step: 1e-5 })
          expect(apart, `gradient from ${form}`).toBeLessThan(1e-6)
        }
      }
    },
  )
})

test('focal cross-entropy takes an alpha for each class, and says so where their number is wrong', () => {
  const loss = definitions.loss.categoricalFocalCrossentropy ?? expect.fail('there is no focal cross-entropy')
  const rowsWith = (alpha: Numbers) => {
    const bench = new Bench()
    return bench.data(
      loss.build({
        ...bench.hooks(loss, { alpha, gamma: 0, fromLogits: false }),
        prediction: bench.feed('p', [3, 3], [0.5, 0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.25, 0.25]),
        target: bench.feed('y', [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]),
        logits: () => null,
        fail: (message, param) => expect.fail(`${param} ${message}`),
      }),
    )
  }
  const expected = [-1 * Math.log(0.5), -2 * Math.log(0.25), -3 * Math.log(0.25)]
  expect(distance(rowsWith([1, 2, 3]), expected)).toBeLessThan(1e-6)
  expect(() => rowsWith([1, 2])).toThrow(
    'alpha there are 2 alphas for 3 classes; give one for each class, or one for all',
  )
})
