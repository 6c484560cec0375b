import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { definitions } from '#engine/definitions.ts'
import { createRandom } from '#engine/random.ts'
import type { RegularizerDefinition } from '#engine/define.ts'
import type { Value } from '#engine/graph/graph.ts'
import { differences, distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { randoms, rowsOf, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'
import { at, type Numbers, type Reference, type References } from './regularizers/reference.ts'
import { trainingReferences } from './regularizers/training.ts'
import { weightReferences } from './regularizers/weight.ts'

const squares = (weight: Numbers) => sum(Array.from(weight, (w) => w * w))
const scaled = (values: Float64Array, by: number) => values.map((value) => value * by)

const references: References = {
  ...weightReferences,
  ...trainingReferences,
  // scikit-learn's compute_class_weight, and Keras' class_weight
  classWeights: {
    rowWeights: (rowClass, counts, { mode, weights }) =>
      mode === 'balanced'
        ? sum(counts) / (counts.length * counts[rowClass]!)
        : ((weights as readonly number[])[rowClass] ?? 1),
  },
  labelSmoothing: {
    labels: (target, _, params) =>
      target.map((y) => y * (1 - at(params, 'amount')) + at(params, 'amount') / Math.max(2, target.length)),
  },
  bootstrappedLabels: {
    labels: (target, thought, { form, trust }) => {
      const likely = (p: number) => Number(thought.length === 1 ? p > 0.5 : p === Math.max(...thought))
      return target.map((y, index) => {
        const belief = form === 'soft' ? thought[index]! : likely(thought[index]!)
        return Number(trust) * y + (1 - Number(trust)) * belief
      })
    },
  },
  mixUp: {},
  manifoldMixUp: {},
  cutMix: {},
  confidencePenalty: {},
  spectralDecoupling: {},
  rDrop: {},
  inputGradient: {},
  jacobian: {},
  clipNorm: {
    gradients: (all, params) =>
      all.map((each) => scaled(each, Math.min(1, at(params, 'limit') / Math.sqrt(squares(each))))),
  },
  clipGlobalNorm: {
    gradients: (all, params) => {
      const norm = Math.sqrt(sum(all.map(squares)))
      return all.map((each) => scaled(each, Math.min(1, at(params, 'limit') / norm)))
    },
  },
  clipValue: {
    gradients: (all, params) => {
      const limit = at(params, 'limit')
      return all.map((each) => each.map((value) => Math.min(Math.max(value, -limit), limit)))
    },
  },
  weightDecay: { beforeUpdate: (w, learningRate, params) => w - w * learningRate * at(params, 'strength') },
  // keras/src/optimizers/base_optimizer.py, use_ema
  weightAverage: {
    track: (w, slots, step, { momentum, overwriteFrequency }) => {
      const kept = step === 1 ? 0 : Number(momentum)
      const average = kept * slots['mean']! + (1 - kept) * w
      const overwrites = overwriteFrequency !== null && step % Math.round(Number(overwriteFrequency)) === 0
      return { weight: overwrites ? average : w, slots: { mean: average } }
    },
  },
  earlyStopping: {},
  generalizationLoss: {},
  progressQuotient: {},
  risingError: {},
  gapLimit: {},
  targetReached: {},
  timeLimit: {},
  reduceOnPlateau: {},
}

const hooks = [
  'penalty',
  'transform',
  'labels',
  'rowWeights',
  'gradients',
  'perturb',
  'holds',
  'order',
  'synthesize',
  'beforeUpdate',
  'afterUpdate',
  'track',
] as const

test('every regularizer has formulas for the hooks it fills, and for no others', () => {
  const filled = (of: Readonly<Record<string, RegularizerDefinition | Reference>>) =>
    Object.fromEntries(Object.entries(of).map(([kind, each]) => [kind, hooks.filter((hook) => each[hook])]))
  expect(filled(references)).toEqual(filled(definitions.regularizer))
})

test('every regularizer that can sit on a weight or an output penalizes it or acts on it', () => {
  for (const { kind, places, penalty, afterUpdate, transform } of Object.values(definitions.regularizer)) {
    expect(places.length, kind).toBeGreaterThan(0)
    if (places.some((place) => place !== 'training'))
      expect(Boolean(penalty ?? afterUpdate ?? transform), kind).toBe(true)
  }
})

const weightsOf = (shape: readonly number[], index: number) =>
  randoms(
    `weights ${index}`,
    shape.reduce((a, b) => a * b),
  )
const draws = (name: string, size: number) => randoms(name, size, -2, 2)

const inGraph = Object.entries(definitions.regularizer).filter(([, each]) => hooks.some((hook) => each[hook]))

describe.each(inGraph)('%s', (kind, definition) => {
  const reference = references[kind] ?? {}
  const shapes = [[4], [3, 2], [2, 2, 2]]
  const settings = legalValues(definition, 6)

  const { penalty, transform, labels, rowWeights, beforeUpdate, afterUpdate, track } = definition
  const { perturb, holds, order, synthesize } = definition
  if (penalty) {
    test('has a penalty with the value and the gradient of its formula', () => {
      for (const shape of shapes) {
        for (const params of settings) {
          const weight = randoms(
            `${kind} ${shape.join()}`,
            shape.reduce((a, b) => a * b),
          )
          const formula = (w: Numbers) => reference.penalty?.(w, params, shape) ?? NaN
          const bench = new Bench()
          const value = bench.feed('w', shape, weight)
          const total = penalty({ ...bench.hooks(definition, params), value })
          expect(total.shape).toEqual([])
          const [computed, slope] = bench.run(total, gradients(bench.g, total, [value])[0]!)
          // Constants of a formula are float32 in the graph.
          expect(distance(computed!.data, [formula(weight)])).toBeLessThan(1e-7)
          expect(distance(slope!.data, differences(formula, weight))).toBeLessThan(1e-6)
        }
      }
    })

    test('costs nothing and pulls nowhere at a weight of zero', () => {
      const bench = new Bench()
      const value = bench.feed('w', [3], [0, 0, 0])
      const total = penalty({ ...bench.hooks(definition, settings[0]!), value })
      const [computed, slope] = bench.run(total, gradients(bench.g, total, [value])[0]!)
      expect([...computed!.data]).toEqual([0])
      expect([...slope!.data].map(Math.abs)).toEqual([0, 0, 0])
    })
  }

  if (transform) {
    /** The technique on a weight of this shape, with random numbers for all it asks for, or those that are steady. */
    const transformed = (
      shape: readonly number[],
      params: (typeof settings)[number],
      training: boolean,
      steady = false,
    ) => {
      const size = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b)
      const weight = randoms(`${kind} ${shape.join()}`, size(shape))
      const bench = new Bench()
      const own: { name: string; value: Value; data: Numbers; trainable: boolean }[] = []
      const updates = new Map<string, Value>()
      const drawn: Numbers[] = []
      const value = bench.feed('w', shape, weight)
      const result = transform({
        ...bench.hooks(definition, params),
        name: 'dense1/kernel',
        weight: value,
        training,
        random: bench.randomness((name, count) => {
          const numbers = randoms(name, count, 0.05, 0.95)
          drawn.push(numbers)
          return numbers
        }),
        parameter: (name, request) => {
          const data = (steady && reference.steady?.(name, weight, shape)) || randoms(name, size(request.shape), -1, 1)
          const value = bench.feed(name, request.shape, data)
          own.push({ name, value, data, trainable: request.trainable ?? true })
          return value
        },
        update: (name, next) => updates.set(name, next),
        fail: (message) => expect.fail(message),
      })
      const formula = (w: Numbers, numbers: Readonly<Record<string, Numbers>> = {}) => {
        const given = Object.fromEntries(own.map(({ name, data }) => [name, numbers[name] ?? data]))
        const computed = reference.transform?.({ weight: w, shape, params, training, own: given, drawn })
        if (!computed) throw new Error(`${kind} has no formula`)
        return computed
      }
      return { bench, weight, value, result, own, updates, formula }
    }
    const matrices = [
      [4, 3],
      [2, 2, 3],
      [1, 5],
    ]

    test.each([
      ['in training', true],
      ['in predictions', false],
    ])('makes of a weight what its formula says, %s', (_, training) => {
      for (const shape of matrices) {
        for (const params of settings) {
          const { bench, weight, value, result, own, updates, formula } = transformed(shape, params, training)
          const expected = formula(weight)
          const names = own.filter(({ trainable }) => !trainable).map(({ name }) => name)
          expect([...updates.keys()]).toEqual(names)
          const penalty = result.penalty?.()
          const [used, ...others] = bench.run(
            result.weight,
            ...names.map((name) => updates.get(name)!),
            ...(penalty ? [penalty] : []),
          )
          expect(used!.shape).toEqual(shape)
          // What an exported file holds instead of the weight is said to last.
          if (!training) expect(result.weight !== value).toBe(definition.lasting === true)
          expect(distance(used!.data, expected.weight)).toBeLessThan(1e-6)
          names.forEach((name, index) =>
            expect(distance(others[index]!.data, expected.updates?.[name] ?? [NaN])).toBeLessThan(1e-6),
          )
          expect(penalty !== undefined).toBe(expected.penalty !== undefined)
          if (penalty) expect(distance(others.at(-1)!.data, [expected.penalty ?? NaN])).toBeLessThan(1e-6)
        }
      }
    })

    test('has the gradients of its formula, by the weight and by what is trained along', () => {
      for (const shape of matrices) {
        for (const params of settings) {
          const { bench, weight, value, result, own, formula } = transformed(shape, params, true, true)
          const along = randoms('along', weight.length)
          const penalty = result.penalty?.()
          const seen = bench.g.ReduceSum(bench.g.Mul(result.weight, bench.feed('along', shape, along)), null)
          const total = penalty ? bench.g.Add(seen, penalty) : seen
          const score = ({ weight: used, penalty: cost = 0 }: ReturnType<typeof formula>) =>
            sum(Array.from(used, (w, k) => w * along[k]!)) + cost
          const trained = own.filter(({ trainable }) => trainable)
          const slopes = bench.run(...gradients(bench.g, total, [value, ...trained.map((each) => each.value)]))
          const byWeight = differences((w) => score(formula(w)), weight)
          expect(distance(slopes[0]!.data, byWeight), `${shape.join()} ${JSON.stringify(params)}`).toBeLessThan(1e-6)
          trained.forEach(({ name, data }, index) => {
            const own = differences((numbers) => score(formula(weight, { [name]: numbers })), Float64Array.from(data))
            expect(distance(slopes[index + 1]!.data, own), name).toBeLessThan(1e-6)
          })
        }
      }
    })
  }

  if (labels) {
    test.each([
      ['binary', 1],
      ['oneHot', 3],
      ['oneHot', 5],
    ] as const)('changes %s targets of %i columns as its formula says', (form, width) => {
      for (const params of settings) {
        const target = Array.from({ length: 2 * width }, (_, index) => Number(index % 2 === 0))
        const thought = randoms(`${kind} ${width}`, 2 * width, 0, 1)
        const bench = new Bench()
        const changed = labels({
          ...bench.hooks(definition, params),
          target: bench.feed('y', [2, width], target),
          probabilities: bench.feed('p', [2, width], thought),
          training: true,
          form,
        })
        const thoughts = rowsOf(thought, width)
        const expected = rowsOf(target, width).flatMap(
          (row, index) => reference.labels?.(row, thoughts[index]!, params) ?? [],
        )
        expect(distance(bench.data(changed), expected)).toBeLessThan(1e-12)
      }
    })
  }

  if (rowWeights) {
    test.each(['binary', 'oneHot', 'index'] as const)('weighs rows by their %s targets as its formula says', (form) => {
      const counts = form === 'binary' ? [6, 2] : [5, 2, 3]
      const classes = [0, 1, counts.length - 1, 1, 0]
      const target = classes.flatMap((own) =>
        form === 'binary' ? [own] : counts.map((_, each) => Number(each === own)),
      )
      for (const params of [...settings, { mode: 'given', weights: [0.5, 4] }]) {
        const bench = new Bench()
        const y = bench.feed('y', [classes.length, target.length / classes.length], target)
        const weights = rowWeights({
          ...bench.hooks(definition, params),
          target: y,
          form,
          counts,
          fail: (message) => expect.fail(message),
        })
        const expected = classes.map((own) => reference.rowWeights?.(own, counts, params) ?? NaN)
        expect(weights.shape).toEqual([classes.length])
        expect(distance(bench.data(weights), expected)).toBeLessThan(1e-6)
      }
    })
  }

  if (definition.gradients) {
    test('changes all gradients as its formula says, large ones and small ones', () => {
      for (const size of [0.01, 1, 100]) {
        for (const params of settings) {
          const given = shapes.map((shape, index) =>
            randoms(
              `${kind} ${index}`,
              shape.reduce((a, b) => a * b),
              -size,
              size,
            ),
          )
          const bench = new Bench()
          // Weights that are as good as 0 as well.
          const weights = shapes.map((shape, index) => scaled(weightsOf(shape, index), size < 1 ? 1e-5 : 1))
          const names = ['dense0/bias', 'dense1/kernel', 'dense2/kernel']
          const last = new Set(['dense2/kernel'])
          const drawn: Numbers[] = []
          const changed = definition.gradients?.({
            ...bench.hooks(definition, params),
            gradients: given.map((data, index) => bench.feed(`g${index}`, shapes[index]!, data)),
            weights: weights.map((data, index) => bench.feed(`w${index}`, shapes[index]!, data)),
            names,
            last,
            time: bench.time(3),
            random: bench.randomness((name, count) => {
              drawn.push(draws(name, count))
              return drawn.at(-1)!
            }),
          })
          const around = { weights, shapes, names, last, iteration: 3, drawn }
          const expected = reference.gradients?.(given, params, around) ?? []
          // Constants of a formula are float32 in the graph.
          bench.run(...(changed ?? [])).forEach(({ data, shape }, index) => {
            expect(shape).toEqual(shapes[index])
            expect(distance(data, expected[index]!)).toBeLessThan(1e-7)
          })
        }
      }
    })

    test('leaves gradients of zero at zero', () => {
      const bench = new Bench()
      const changed = definition.gradients?.({
        ...bench.hooks(definition, settings[0]!),
        gradients: [bench.feed('g', [2], [0, 0])],
        weights: [bench.feed('w', [2], [1, -1])],
        names: ['dense1/bias'],
        last: new Set(),
        time: bench.time(3),
        random: bench.randomness((_, size) => new Float64Array(size)),
      })
      expect([...bench.data(changed![0]!)]).toEqual([0, 0])
    })
  }

  if (perturb) {
    const names = ['dense0/bias', 'dense1/kernel', 'normalization1/beta']
    const perturbed = (
      weights: readonly Numbers[],
      gradients: readonly Numbers[],
      params: (typeof settings)[number],
    ) => {
      const bench = new Bench()
      const moved = perturb({
        ...bench.hooks(definition, params),
        weights: weights.map((data, index) => bench.feed(`w${index}`, shapes[index]!, data)),
        gradients: gradients.map((data, index) => bench.feed(`g${index}`, shapes[index]!, data)),
        names,
      })
      return bench.run(...moved).map(({ data }) => data)
    }

    test('takes the gradient where its formula says', () => {
      for (const params of settings) {
        const weights = shapes.map(weightsOf)
        const given = weights.map((weight, index) => randoms(`gradients ${index}`, weight.length))
        const expected = reference.perturb?.(weights, given, names, params) ?? []
        perturbed(weights, given, params).forEach((data, index) =>
          expect(distance(data, expected[index]!)).toBeLessThan(1e-7),
        )
      }
    })

    test('takes it at the weights themselves where it is zero', () => {
      const weights = shapes.map(weightsOf)
      const zeros = weights.map((each) => each.map(() => 0))
      for (const params of settings)
        perturbed(weights, zeros, params).forEach((data, index) => expect([...data]).toEqual([...weights[index]!]))
    })
  }

  if (holds) {
    test('holds each layer for as many epochs as its formula says', () => {
      for (const params of settings) {
        for (const depth of [0, 1, 2, 5]) {
          const bench = new Bench()
          const steps = holds({ ...bench.hooks(definition, params), depth, layers: 6, time: bench.time(3, 7) })
          expect(steps.shape).toEqual([])
          expect([...bench.data(steps)]).toEqual([7 * (reference.holds?.(depth, params) ?? NaN)])
        }
      }
    })
  }

  const counts = [30, 3, 9, 1]
  const classes = Uint32Array.from(counts.flatMap((count, own) => new Array<number>(count).fill(own)))
  if (order) {
    test('draws as many rows as there are, each as often as its formula says, the same for the same seed', () => {
      for (const params of settings) {
        const drawn = (seed: number) => order({ params, classes, random: createRandom(seed, kind) })
        expect(drawn(1)).toEqual(drawn(1))
        expect(drawn(1)).not.toEqual(drawn(2))
        const times = new Float64Array(classes.length)
        const epochs = 400
        for (let epoch = 0; epoch < epochs; epoch++) {
          const rows = drawn(epoch)
          expect(rows.length).toBe(classes.length)
          for (const row of rows) times[row]! += 1
        }
        const expected = reference.order?.(counts, params) ?? []
        classes.forEach((own, row) => {
          const chance = expected[own]!
          const all = epochs * classes.length
          expect(Math.abs(times[row]! - all * chance)).toBeLessThan(4.5 * Math.sqrt(all * chance))
        })
      }
    })
  }

  if (synthesize) {
    test('makes as many rows of each class as its formula says, the same for the same seed', () => {
      const width = 2
      for (const params of settings) {
        const features = Float32Array.from(randoms(kind, classes.length * width))
        const made = (seed: number) =>
          synthesize({ params, classes, features, width, categories: [], random: createRandom(seed, kind) })
        const { classes: own, features: numbers } = made(1)
        expect(made(1)).toEqual(made(1))
        expect(numbers.length).toBe(own.length * width)
        expect(counts.map((_, each) => own.filter((one) => one === each).length)).toEqual(
          reference.synthesize?.(counts, params),
        )
        if (own.length > 0) expect(made(2)).not.toEqual(made(1))
      }
    })
  }

  if (beforeUpdate) {
    test('changes a weight before the update as its formula says', () => {
      for (const params of settings) {
        const weight = randoms(kind, 6)
        const bench = new Bench()
        const changed = beforeUpdate({
          ...bench.hooks(definition, params),
          name: 'dense1/kernel',
          weight: bench.feed('w', [3, 2], weight),
          learningRate: bench.feed('rate', [], [0.05]),
        })
        const expected = weight.map((w) => reference.beforeUpdate?.(w, 0.05, params) ?? NaN)
        expect(distance(bench.data(changed), expected)).toBeLessThan(1e-12)
      }
    })
  }

  if (afterUpdate) {
    test.each([
      ['the same for all weights', []],
      ['of its own for each weight', [3, 2]],
    ])('changes a weight after a step size %s as its formula says', (_, shape) => {
      for (const params of settings) {
        const weight = Float64Array.of(0, -0.004, 0.004, 0.3, -0.3, 2)
        const steps = randoms('steps', shape.length > 0 ? 6 : 1, 0.01, 0.5)
        const bench = new Bench()
        const stepSize = bench.feed('step', shape, steps)
        const changed = afterUpdate({
          ...bench.hooks(definition, params),
          name: 'dense1/kernel',
          weight: bench.feed('w', [3, 2], weight),
          stepSize: () => stepSize,
        })
        const each = weight.map((_, index) => steps[index] ?? steps[0]!)
        const expected = Array.from(reference.afterUpdate?.(weight, each, params, [3, 2]) ?? [])
        const actual = bench.data(changed)
        expect(distance(actual, expected)).toBeLessThan(1e-7)
        expect([...actual].map((w) => w === 0)).toEqual(expected.map((w) => w === 0))
      }
    })
  }

  if (track) {
    test('keeps track of a weight from step to step as its formula says', () => {
      const [stepsPerEpoch, epochs] = [2, 4]
      for (const params of settings) {
        const slots = Object.entries(definition.slots?.(params) ?? {}).map(([slot, start]) =>
          typeof start === 'number' ? { slot, shape: [1], fill: start } : { slot, ...start },
        )
        let [weight, state] = [0.5, Object.fromEntries(slots.map(({ slot, fill }) => [slot, fill]))]
        for (const [done, moved] of [1, -2, 0.25, 3, 0.5, -1, 0.75, 2].entries()) {
          const bench = new Bench()
          const after = track({
            ...bench.hooks(definition, params),
            name: 'dense1/kernel',
            weight: bench.feed('w', [1], [weight + moved]),
            slots: Object.fromEntries(slots.map(({ slot, shape }) => [slot, bench.feed(slot, shape, [state[slot]!])])),
            step: bench.feed('step', [], [done + 1]),
            time: bench.time(done, stepsPerEpoch, epochs),
          })
          const expected = reference.track?.(weight + moved, state, done + 1, params, { stepsPerEpoch, epochs })
          const results = bench.run(after.weight, ...slots.map(({ slot }) => after.slots[slot]!))
          const wanted = [expected?.weight ?? NaN, ...slots.map(({ slot }) => expected?.slots[slot] ?? NaN)]
          // The momentum is a float32 constant.
          expect(
            distance(
              results.map(({ data }) => data[0]!),
              wanted,
            ),
          ).toBeLessThan(2 ** -23)
          weight = wanted[0]!
          state = Object.fromEntries(slots.map(({ slot }, index) => [slot, wanted[index + 1]!]))
        }
      }
    })

    test('gives what takes the weights’ place in the end', () => {
      expect(Object.keys(definition.slots?.(settings[0]!) ?? {})).toContain(definition.final)
    })
  }
})

describe('weight decay leaves out', () => {
  const weights = {
    'dense1/kernel': [4, 3],
    'dense1/bias': [3],
    'gru1/recurrentBias': [2, 9],
    'batchNormalization1/gamma': [3],
    'layerNormalization1/beta': [4, 3],
    'embedding1/embeddings': [9, 3],
  }
  test.each([
    ['nothing', []],
    ['biases', ['dense1/bias', 'gru1/recurrentBias']],
    ['vectors', Object.keys(weights).filter((name) => !/kernel|embeddings/.test(name))],
    ['vectorsAndEmbeddings', Object.keys(weights).filter((name) => name !== 'dense1/kernel')],
  ])('%s: %j', (excluded, expected) => {
    const definition = definitions.regularizer.weightDecay!
    const left = Object.entries(weights).filter(([name, shape]) => {
      const bench = new Bench()
      const weight = bench.feed(
        'w',
        shape,
        randoms(
          name,
          shape.reduce((a, b) => a * b),
        ),
      )
      const learningRate = bench.feed('rate', [], [0.5])
      const hooks = bench.hooks(definition, { strength: 0.1, excluded })
      return definition.beforeUpdate?.({ ...hooks, name, weight, learningRate }) === weight
    })
    expect(left.map(([name]) => name)).toEqual(expected)
  })
})

test('proximal L1 is reported but not differentiated, or it would act twice', () => {
  const { l1 } = definitions.regularizer
  expect(l1?.differentiated?.({ strength: 0.1, form: 'proximal' })).toBe(false)
  expect(l1?.differentiated?.({ strength: 0.1, form: 'gradient' })).toBe(true)
})
