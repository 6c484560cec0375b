import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { definitions } from '#engine/definitions.ts'
import { finish } from '#engine/graph/finish.ts'
import { distance, distanceAlong } from '../../support/differences.ts'
import { evaluate64, functionsOf } from '../../support/evaluate64.ts'
import { count } from '../../support/float64/array.ts'
import { array, randoms, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'
import { build, compute, givenOf, like, rows, settings, type Case } from './layers/case.ts'
import { cases, tested } from './layers/index.ts'

test('every layer has cases', () => {
  expect(Object.keys(cases).toSorted()).toEqual(tested.map(([kind]) => kind).toSorted())
})

/** Constants of a layer's graph, such as selu's, are float32: their rounding shows in the eighth digit. */
const rounding = 1e-6

describe.each(tested)('%s', (kind, layer) => {
  const own = cases[kind] ?? []

  test('puts out the shape it should, for any legal settings, while training and after', () => {
    for (const each of own) {
      for (const params of settings(layer, each)) {
        for (const training of [true, false]) {
          const built = build(layer, each, params, training)
          const expected = each.output(params)
          expect(built.output.shape, JSON.stringify(params)).toEqual(expected)
          // Where there is a formula what is computed has this shape too: the evaluator holds every value against it.
          if (!each.formula) expect(compute(built).shape).toEqual(expected.map((dim) => (dim === 'batch' ? rows : dim)))
        }
      }
    }
  })

  test('differentiates as finite differences do, by its inputs and its weights', () => {
    for (const each of own) {
      for (const params of settings(layer, each)) {
        const fixed = {
          ...each,
          inputs: each.inputs.map((shape) => shape.map((dim) => (dim === 'batch' ? rows : dim))),
        }
        const { g, output, feeds, inputs, weights } = build(layer, fixed, params, true)
        const trained = weights.filter(({ trainable }) => trainable).map(({ value }) => value)
        const variables = each.indices ? trained : [...inputs, ...trained]
        const weighting = g.input('weighting', 'float32', output.shape)
        feeds.weighting = array(output.shape.map(Number), randoms('weighting', count(output.shape.map(Number))))
        const scalar = g.ReduceSum(g.Mul(output, weighting), null)
        const slopes = gradients(g, scalar, variables)
        g.output(scalar, 'scalar')
        slopes.forEach((slope, index) => g.output(slope, `slope${index}`))
        const results = evaluate64(finish(g.graph), feeds)
        const numeric = functionsOf(finish({ ...g.graph, outputs: g.graph.outputs.slice(0, 1) }), feeds)
        variables.forEach(({ name }, index) => {
          const input = feeds[name]!
          const slope = Array.from(results.get(`slope${index}`)?.data ?? [], Number)
          const of = numeric(name)
          expect(
            distanceAlong((at) => of(at).data[0]!, input.data, slope, { step: 1e-4, directions: 1 }),
            `${name} ${JSON.stringify(params)}`,
          ).toBeLessThan(rounding)
        })
      }
    }
  })

  test('computes the same while training and after, unless it is random', () => {
    for (const each of own.filter(({ modes }) => !modes)) {
      for (const params of settings(layer, each)) {
        const [training, inference] = [build(layer, each, params, true), build(layer, each, params, false)]
        expect(inference.random).toEqual([])
        if (training.random.length > 0) continue
        expect(distance(compute(training).data, compute(inference).data), JSON.stringify(params)).toBeLessThan(rounding)
      }
    }
  })

  test('has the values of its formula', () => {
    for (const each of own) {
      if (!each.formula) continue
      for (const params of settings(layer, each)) {
        const plain = 'activation' in params ? { ...params, activation: 'linear' } : params
        for (const training of [true, false]) {
          const built = build(layer, each, plain, training)
          const expected = each.formula(givenOf(built, plain, training))
          expect(distance(compute(built).data, expected), JSON.stringify(plain)).toBeLessThan(rounding)
        }
      }
    }
  })

  test('hands every activity regularizer on, if it can have some', () => {
    if (!layer.params.activityRegularizers) return
    for (const each of own) {
      for (const values of legalValues(layer, 4)) {
        const params = Object.assign({}, values, each.params)
        const { output, penalized } = build(layer, each, params, true)
        expect(penalized).toEqual([{ value: output, regularizers: params.activityRegularizers }])
      }
    }
  })
})

describe('Dropout', () => {
  const { dropout } = definitions.layer
  const given: Case = like('batch', 8)

  test.each([0, 0.25, 0.5, 0.9])(
    'at rate %d draws one mask of that rate, and scales what it keeps by 1 / (1 − rate)',
    (rate) => {
      const built = build(dropout!, given, { rate }, true)
      const [x, mask] = [built.feeds.x0!.data, built.feeds.mask0!.data]
      expect(built.random).toHaveLength(1)
      expect([...built.feeds[built.rates[0]!.name]!.data]).toEqual([rate])
      expect(
        distance(
          compute(built).data,
          x.map((value, index) => (value * mask[index]!) / (1 - rate)),
        ),
      ).toBeLessThan(1e-12)
    },
  )

  test('passes its input on when it does not train', () => {
    const built = build(dropout!, given, { rate: 0.9 }, false)
    expect(built.output).toBe(built.inputs[0])
  })
})

describe('Dense', () => {
  test('is activation(x · kernel + bias), with and without its bias', () => {
    for (const useBias of [true, false]) {
      const params = { ...legalValues(definitions.layer.dense!, 0)[0]!, units: 2, useBias, activation: 'tanh' }
      const built = build(definitions.layer.dense!, { inputs: [['batch', 3]] }, params, false)
      const [x, kernel, bias] = ['x0', 'layer/kernel', 'layer/bias'].map((name) => built.feeds[name]?.data)
      const expected = Array.from({ length: rows * 2 }, (_, index) => {
        const [row, unit] = [Math.floor(index / 2), index % 2]
        const products = [0, 1, 2].map((k) => x![row * 3 + k]! * kernel![k * 2 + unit]!)
        return Math.tanh(sum(products) + (bias?.[unit] ?? 0))
      })
      expect(built.weights).toHaveLength(useBias ? 2 : 1)
      expect(distance(compute(built).data, expected)).toBeLessThan(1e-12)
    }
  })
})

describe('a layer says what does not fit, in words that name both sides', () => {
  test.each([
    [
      'add',
      [
        ['batch', 2],
        ['batch', 3],
      ],
      {},
      '[batch, 2] and [batch, 3]',
    ],
    [
      'concatenate',
      [
        ['batch', 2],
        ['batch', 3, 1],
      ],
      { axis: -1 },
      '[batch, 2] and [batch, 3, 1]',
    ],
    [
      'concatenate',
      [
        ['batch', 2],
        ['batch', 2],
      ],
      { axis: 0 },
      'choose 1 to 1',
    ],
    ['reshape', [['batch', 6]], { shape: [4] }, '[6], 6 numbers, as [4]'],
    ['reshape', [['batch', 6]], { shape: [-1, -1] }, 'as [-1, -1]'],
  ] as const)('%s of %j with %j', (kind, inputs, params, words) => {
    expect(() => build(definitions.layer[kind]!, { inputs }, params, false)).toThrow(words)
  })
})
