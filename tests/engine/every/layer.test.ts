import { describe, expect, test } from 'vitest'
import { applyActivation } from '#engine/activations.ts'
import { gradients } from '#engine/autodiff.ts'
import type { LayerDefinition, Params, ValuesOf } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { finish } from '#engine/graph/finish.ts'
import type { Shape, Value } from '#engine/graph/graph.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import type { Setting } from '#engine/project/project.ts'
import { differences, distance } from '../../support/differences.ts'
import { evaluate64, evaluateNumbers, type Numbers } from '../../support/evaluate64.ts'
import { count } from '../../support/float64/array.ts'
import { array, randoms, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

/** What a layer may be given, and the shape of what it must put out; `batch` is any number of rows. */
interface Case {
  readonly inputs: readonly Shape[]
  readonly params?: Partial<ValuesOf<Params>>
  readonly output: (params: Readonly<Record<string, unknown>>) => Shape
}

const like = (...shape: Shape): Case => ({ inputs: [shape], output: () => shape })

const cases: Readonly<Record<string, readonly Case[]>> = {
  input: [like('batch', 3), like('batch', 2, 2)],
  dense: [
    { inputs: [['batch', 3]], output: ({ units }) => ['batch', Number(units)] },
    { inputs: [['batch', 2, 3]], output: ({ units }) => ['batch', 2, Number(units)] },
  ],
  activation: [like('batch', 4), like('batch', 2, 3)],
  dropout: [like('batch', 4), like('batch', 2, 3)],
  flatten: [
    { inputs: [['batch', 2, 3]], output: () => ['batch', 6] },
    { inputs: [['batch', 2, 1, 2]], output: () => ['batch', 4] },
    like('batch', 5),
    { inputs: [['batch']], output: () => ['batch', 1] },
  ],
  reshape: [
    { inputs: [['batch', 2, 3]], output: () => ['batch', 6] },
    { inputs: [['batch', 6]], params: { shape: [3, 2] }, output: () => ['batch', 3, 2] },
    { inputs: [['batch', 2, 4]], params: { shape: [-1, 2, 2] }, output: () => ['batch', 2, 2, 2] },
  ],
  add: [
    {
      inputs: [
        ['batch', 3],
        ['batch', 3],
      ],
      output: () => ['batch', 3],
    },
    {
      inputs: [
        ['batch', 2, 2],
        ['batch', 2, 2],
        ['batch', 2, 2],
      ],
      output: () => ['batch', 2, 2],
    },
  ],
  concatenate: [
    {
      inputs: [
        ['batch', 3],
        ['batch', 1],
      ],
      params: { axis: -1 },
      output: () => ['batch', 4],
    },
    {
      inputs: [
        ['batch', 1, 2],
        ['batch', 2, 2],
        ['batch', 1, 2],
      ],
      params: { axis: 1 },
      output: () => ['batch', 4, 2],
    },
  ],
}

const rows = 3
const sizesOf = (shape: Shape) => shape.map((dim) => (typeof dim === 'number' ? dim : rows))

interface Built {
  readonly g: Builder
  readonly output: Value
  readonly feeds: Record<string, Numbers>
  /** Everything the output is differentiated by: inputs and weights. */
  readonly variables: readonly Value[]
  readonly penalized: readonly { readonly value: Value; readonly regularizers: readonly Setting[] }[]
  /** The masks it drew, and the rate of each. */
  readonly random: readonly string[]
  readonly rates: readonly Value[]
}

/** Builds a layer on its own, every value it asks for an input of the graph. */
function build(
  layer: LayerDefinition,
  { inputs }: Pick<Case, 'inputs'>,
  params: ValuesOf<Params>,
  training: boolean,
): Built {
  const g = new Builder(layer.kind)
  const feeds: Record<string, Numbers> = {}
  const feed = (name: string, shape: Shape): Value => {
    const sizes = sizesOf(shape)
    feeds[name] = array(sizes, randoms(`${layer.kind} ${name}`, count(sizes)))
    return g.input(name, 'float32', shape)
  }
  const values = inputs.map((shape, index) => feed(`x${index}`, shape))
  const weights: Value[] = []
  const penalized: Built['penalized'][number][] = []
  const random: string[] = []
  const rates: Value[] = []
  const output = layer.build({
    g,
    name: 'layer',
    params,
    inputs: values,
    training,
    weight: (name, { shape }) => {
      const weight = feed(`layer/${name}`, shape)
      weights.push(weight)
      return weight
    },
    scalar: (name) => {
      feeds[`layer.${name}`] = array([], [Number(params[name])])
      return g.input(`layer.${name}`, 'float32', [])
    },
    mask: (shape, rate) => {
      const name = `mask${random.length}`
      random.push(name)
      rates.push(rate)
      feeds[name] = array(sizesOf(shape), randoms(name, count(sizesOf(shape)), 0, 1).map(Math.round))
      return g.input(name, 'float32', shape)
    },
    activity: (value, regularizers) => {
      penalized.push({ value, regularizers })
    },
    activation: (kind, value) => applyActivation(g, kind, value),
    fail: (message) => {
      throw new Error(message)
    },
  })
  return { g, output, feeds, variables: [...values, ...weights], penalized, random, rates }
}

/** The layer's settings to try: random legal ones, under what the case fixes. */
function settings(layer: LayerDefinition, { params }: Case): ValuesOf<Params>[] {
  return legalValues(layer, 12).map((values) => Object.assign({}, values, params))
}

function compute({ g, output, feeds }: Built): Numbers {
  g.output(output, 'y')
  verify(g.graph)
  return evaluateNumbers(finish(g.graph), feeds)
}

test('every layer has cases', () => {
  expect(Object.keys(cases).toSorted()).toEqual(Object.keys(definitions.layer).toSorted())
})

/** Constants of a layer's graph, such as selu's, are float32: their rounding shows in the eighth digit. */
const rounding = 1e-6

describe.each(Object.entries(definitions.layer))('%s', (kind, layer) => {
  const own = cases[kind] ?? []

  test('puts out the shape it should, for any legal settings, while training and after', () => {
    for (const each of own) {
      for (const params of settings(layer, each)) {
        for (const training of [true, false]) {
          const built = build(layer, each, params, training)
          const expected = each.output(params)
          expect(built.output.shape, JSON.stringify(params)).toEqual(expected)
          expect(compute(built).shape).toEqual(expected.map((dim) => (dim === 'batch' ? rows : dim)))
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
        const { g, output, feeds, variables } = build(layer, fixed, params, true)
        const weighting = g.input('weighting', 'float32', output.shape)
        feeds.weighting = array(output.shape.map(Number), randoms('weighting', count(output.shape.map(Number))))
        const scalar = g.ReduceSum(g.Mul(output, weighting), null)
        const slopes = gradients(g, scalar, variables)
        g.output(scalar, 'scalar')
        slopes.forEach((slope, index) => g.output(slope, `slope${index}`))
        const results = evaluate64(finish(g.graph), feeds)
        const forward = finish({ ...g.graph, outputs: g.graph.outputs.slice(0, 1) })
        variables.forEach(({ name }, index) => {
          const input = feeds[name]!
          const analytic = results.get(`slope${index}`)
          const numeric = differences(
            (at) => evaluateNumbers(forward, { ...feeds, [name]: { ...input, data: at } }).data[0]!,
            input.data,
            1e-4,
          )
          expect(
            distance(Array.from(analytic?.data ?? [], Number), numeric),
            `${name} ${JSON.stringify(params)}`,
          ).toBeLessThan(rounding)
        })
      }
    }
  })

  test('computes the same while training and after, unless it is random', () => {
    for (const each of own) {
      for (const params of settings(layer, each)) {
        const [training, inference] = [build(layer, each, params, true), build(layer, each, params, false)]
        expect(inference.random).toEqual([])
        if (training.random.length === 0) expect(compute(training).data).toEqual(compute(inference).data)
      }
    }
  })

  test('hands every activity regularizer on, if it can have some', () => {
    if (!layer.params.activityRegularizers) return
    for (const each of own) {
      for (const params of settings(layer, each)) {
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
    expect(built.output).toBe(built.variables[0])
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
      expect(built.variables).toHaveLength(useBias ? 3 : 2)
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

/** Every activation from its own formula. */
const activations: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: (x) => 1 - 2 / (1 + Math.exp(2 * x)),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1)),
  softplus: (x) => Math.log(1 + Math.exp(x)),
  swish: (x) => x / (1 + Math.exp(-x)),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  // x Φ(x), Φ by Simpson's rule over the normal density
  gelu: (x) => {
    const steps = 400
    const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)
    const inner = Array.from({ length: steps + 1 }, (_, k) => {
      const weight = k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2
      return weight * density((k * x) / steps)
    })
    return x * (0.5 + (sum(inner) * x) / steps / 3)
  },
}

describe('the activation', () => {
  const { activation } = definitions.layer
  const param = activation?.params.activation
  const kinds = param?.type === 'choice' ? param.options : []

  test.each(kinds.filter((kind) => kind !== 'softmax'))('%s has the values of its formula', (kind) => {
    const formula = activations[kind] ?? expect.fail(`${kind} has no formula`)
    const built = build(activation!, like('batch', 8), { activation: kind, activityRegularizers: [] }, false)
    expect(distance(compute(built).data, built.feeds.x0!.data.map(formula))).toBeLessThan(1e-7)
  })

  test('softmax gives shares of the last axis that add up to 1', () => {
    const built = build(activation!, like('batch', 2, 4), { activation: 'softmax', activityRegularizers: [] }, false)
    const shares = compute(built).data
    const x = built.feeds.x0!.data
    for (let start = 0; start < x.length; start += 4) {
      const weights = x.slice(start, start + 4).map(Math.exp)
      expect(
        distance(
          shares.slice(start, start + 4),
          weights.map((weight) => weight / sum(weights)),
        ),
      ).toBeLessThan(1e-12)
    }
  })
})
