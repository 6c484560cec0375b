import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { definitions } from '#engine/definitions.ts'
import type { RegularizerDefinition } from '#engine/define.ts'
import { differences, distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { mean, randoms, rowsOf, sum } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

type Params = Readonly<Record<string, unknown>>
type Numbers = ArrayLike<number>

/** What each hook of a regularizer computes, from the formula alone. */
interface Reference {
  readonly penalty?: (weight: Numbers, params: Params, shape: readonly number[]) => number
  /** Of a row of targets, with what the network thinks of it. */
  readonly labels?: (target: readonly number[], thought: readonly number[], params: Params) => readonly number[]
  readonly gradients?: (gradients: readonly Float64Array[], params: Params) => readonly Float64Array[]
  readonly rowWeights?: (rowClass: number, counts: readonly number[], params: Params) => number
  readonly beforeUpdate?: (weight: number, learningRate: number, params: Params) => number
  readonly afterUpdate?: (weight: number, stepSize: number, params: Params) => number
  /** One weight after one step more, and the slots after it. */
  readonly track?: (
    weight: number,
    slots: Readonly<Record<string, number>>,
    step: number,
    params: Params,
  ) => { readonly weight: number; readonly slots: Readonly<Record<string, number>> }
}

const at = (params: Params, name: string) => Number(params[name])
const absolute = (weight: Numbers) => sum(Array.from(weight, Math.abs))
const squares = (weight: Numbers) => sum(Array.from(weight, (w) => w * w))
const scaled = (values: Float64Array, by: number) => values.map((value) => value * by)

const references: Readonly<Record<string, Reference>> = {
  l1: {
    penalty: (w, params) => at(params, 'strength') * absolute(w),
    afterUpdate: (w, step, params) =>
      params.form === 'proximal' ? Math.sign(w) * Math.max(Math.abs(w) - step * at(params, 'strength'), 0) : w,
  },
  l2: { penalty: (w, params) => at(params, 'strength') * squares(w) },
  l1l2: { penalty: (w, params) => at(params, 'l1') * absolute(w) + at(params, 'l2') * squares(w) },
  // keras/src/regularizers/regularizers.py, OrthogonalRegularizer; a kernel of many axes is the matrix of its columns
  orthogonal: {
    penalty: (w, params, shape) => {
      const rows = rowsOf(w, shape.at(-1)!)
      const vectors = params.mode === 'rows' ? rows : rows[0]!.map((_, column) => rows.map((row) => row[column]!))
      const units = vectors.map((vector) => vector.map((each) => each / Math.max(Math.sqrt(squares(vector)), 1e-7)))
      const overlaps = units.flatMap((one, i) =>
        units.slice(i + 1).map((other) => Math.abs(sum(one.map((each, k) => each * other[k]!)))),
      )
      return overlaps.length === 0 ? 0 : at(params, 'factor') * mean(overlaps)
    },
  },
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
  reduceOnPlateau: {},
}

const hooks = ['penalty', 'labels', 'rowWeights', 'gradients', 'beforeUpdate', 'afterUpdate', 'track'] as const

test('every regularizer has formulas for the hooks it fills, and for no others', () => {
  const filled = (of: Readonly<Record<string, RegularizerDefinition | Reference>>) =>
    Object.fromEntries(Object.entries(of).map(([kind, each]) => [kind, hooks.filter((hook) => each[hook])]))
  expect(filled(references)).toEqual(filled(definitions.regularizer))
})

test('every regularizer that can sit on a weight or an output penalizes it or acts on it', () => {
  for (const { kind, places, penalty, afterUpdate } of Object.values(definitions.regularizer)) {
    expect(places.length, kind).toBeGreaterThan(0)
    if (places.some((place) => place !== 'training')) expect(Boolean(penalty ?? afterUpdate), kind).toBe(true)
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

  const { penalty, labels, rowWeights, beforeUpdate, afterUpdate, track } = definition
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
          expect(distance(computed!.data, [formula(weight)])).toBeLessThan(1e-12)
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
        const expected = rowsOf(target, width).flatMap((row, index) => reference.labels?.(row, thoughts[index]!, params) ?? [])
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
          const changed = definition.gradients?.({
            ...bench.hooks(definition, params),
            gradients: given.map((data, index) => bench.feed(`g${index}`, shapes[index]!, data)),
            weights: shapes.map((shape, index) => bench.feed(`w${index}`, shape, weightsOf(shape, index))),
            names: shapes.map((_, index) => `dense${index}/kernel`),
            time: bench.time(3),
            random: bench.randomness(draws),
          })
          const expected = reference.gradients?.(given, params) ?? []
          bench.run(...(changed ?? [])).forEach(({ data, shape }, index) => {
            expect(shape).toEqual(shapes[index])
            expect(distance(data, expected[index]!)).toBeLessThan(1e-12)
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
        time: bench.time(3),
        random: bench.randomness((_, size) => new Float64Array(size)),
      })
      expect([...bench.data(changed![0]!)]).toEqual([0, 0])
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
        const expected = weight.map((w, index) => reference.afterUpdate?.(w, steps[index] ?? steps[0]!, params) ?? NaN)
        const actual = bench.data(changed)
        expect(distance(actual, expected)).toBeLessThan(1e-12)
        expect([...actual].map((w) => w === 0)).toEqual([...expected].map((w) => w === 0))
      }
    })
  }

  if (track) {
    test('keeps track of a weight from step to step as its formula says', () => {
      for (const params of settings) {
        const slots = Object.entries(definition.slots?.(params) ?? {})
        let [weight, state] = [0.5, Object.fromEntries(slots.map(([slot, fill]) => [slot, Number(fill)]))]
        for (const [done, moved] of [1, -2, 0.25, 3, 0.5, -1].entries()) {
          const bench = new Bench()
          const after = track({
            ...bench.hooks(definition, params),
            name: 'dense1/kernel',
            weight: bench.feed('w', [1], [weight + moved]),
            slots: Object.fromEntries(slots.map(([slot]) => [slot, bench.feed(slot, [1], [state[slot]!])])),
            step: bench.feed('step', [], [done + 1]),
            time: bench.time(done),
          })
          const expected = reference.track?.(weight + moved, state, done + 1, params)
          const results = bench.run(after.weight, ...slots.map(([slot]) => after.slots[slot]!))
          const wanted = [expected?.weight ?? NaN, ...slots.map(([slot]) => expected?.slots[slot] ?? NaN)]
          // The momentum is a float32 constant.
          expect(
            distance(
              results.map(({ data }) => data[0]!),
              wanted,
            ),
          ).toBeLessThan(2 ** -23)
          weight = wanted[0]!
          state = Object.fromEntries(slots.map(([slot], index) => [slot, wanted[index + 1]!]))
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
