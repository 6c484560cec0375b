import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { drawsOf, stepKey, type Draws } from '#engine/compile/random.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { Value } from '#engine/graph/graph.ts'
import { Builder } from '#engine/ops/builder.ts'
import { IssueError, type Setting } from '#engine/project/project.ts'
import { differences, distance } from '../support/differences.ts'
import { evaluate64, evaluateNumbers, type Numbers } from '../support/evaluate64.ts'
import { chain, setting } from '../support/projects.ts'
import { array, logSumExp, mean, randoms, rowsOf, sum } from '../support/reals.ts'

/**
 * Techniques that see what the network makes of a batch, in one compiled step of SGD, beside the same network written by hand in
 * float64: input → tanh → dropout → softmax, its derivatives with respect to the input in closed form.
 */
const rows = 5
const features = 3
const hidden = 4
const classes = 3
const seed = 77
const rate = 0.25

const x = randoms('x', rows * features)
const y = Array.from({ length: rows }, (_, row) => (row * 2) % classes)

type Weights = Readonly<Record<string, Float64Array>>
const start: Weights = {
  'dense1/kernel': randoms('kernel 1', features * hidden),
  'dense1/bias': randoms('bias 1', hidden),
  'dense3/kernel': randoms('kernel 3', hidden * classes),
  'dense3/bias': randoms('bias 3', classes),
}

/** What one pass makes of each row. */
interface Pass {
  readonly z: readonly number[]
  readonly p: readonly number[]
  readonly loss: number
  /** ∂z/∂x, [features][classes]. */
  readonly slopes: readonly (readonly number[])[]
}

function pass(weights: Weights, kept: readonly number[]): readonly Pass[] {
  const [w1, b1] = [rowsOf(weights['dense1/kernel']!, hidden), weights['dense1/bias']!]
  const [w3, b3] = [rowsOf(weights['dense3/kernel']!, classes), weights['dense3/bias']!]
  return rowsOf(x, features).map((row, index) => {
    const h = Array.from(b1, (b, k) => Math.tanh(b + sum(row.map((value, i) => value * w1[i]![k]!))))
    const scale = h.map((_, k) => kept[index * hidden + k]! / (1 - rate))
    const z = Array.from(b3, (b, c) => b + sum(h.map((value, k) => value * scale[k]! * w3[k]![c]!)))
    const top = logSumExp(z)
    return {
      z,
      p: z.map((each) => Math.exp(each - top)),
      loss: top - z[y[index]!]!,
      slopes: row.map((_, i) =>
        z.map((_, c) => sum(h.map((value, k) => w1[i]![k]! * (1 - value * value) * scale[k]! * w3[k]![c]!))),
      ),
    }
  })
}

/** What the step draws under a name. */
function drawn(draw: (draws: Draws, g: Builder) => Value): readonly number[] {
  const g = new Builder('draws')
  const draws = drawsOf(g, stepKey(g, g.scalar(seed, 'uint32'), g.scalar(0, 'int64')))
  g.output(draw(draws, g), 'drawn')
  return Array.from(evaluateNumbers(g.graph, {}).data)
}
const maskOf = (name: string) => drawn((draws, g) => draws.mask(name, [rows, hidden], g.scalar(rate)))

/** One step of SGD with learning rate 1: what was reported, and the gradients it went along. */
function step(technique: Setting) {
  const program = compile(
    chain(
      [
        setting('dense', { units: hidden, activation: 'tanh' }),
        setting('dropout', { rate }),
        setting('dense', { units: classes, activation: 'softmax' }),
      ],
      {
        optimizer: setting('sgd', { learningRate: 1 }),
        regularizers: [technique],
      },
    ),
    { features, classes, targets: 1 },
  )
  const results = evaluate64(program.train(rows), {
    x: array([rows, features], x),
    y: tensorOf('int64', [rows], y),
    batches: tensorOf('int64', [1, rows], [0, 1, 2, 3, 4]),
    iterations: tensorOf('int64', [1], [0]),
    seed: tensorOf('uint32', [], [seed]),
    ...Object.fromEntries(program.live.map(({ name, value }) => [name, array([], [value])])),
    ...Object.fromEntries(program.weights.map(({ name, shape }) => [name, array(shape, start[name]!)])),
  })
  const numbers = (name: string): Float64Array => (results.get(name) as Numbers).data
  return {
    columns: program.columns,
    report: numbers('report'),
    gradients: Object.fromEntries(
      Object.entries(start).map(([name, before]) => [
        name,
        before.map((w, index) => w - numbers(`${name}.next`)[index]!),
      ]),
    ),
  }
}

const squared = (numbers: readonly number[]) => sum(numbers.map((each) => each * each))
const entropy = ({ p }: Pass) => -sum(p.map((each) => each * Math.log(each)))

/** Each technique: its penalty from the passes over the batch, and the data loss where it is not that of the first pass. */
const cases: readonly {
  readonly setting: Setting
  readonly penalty: (passes: readonly (readonly Pass[])[]) => number
  readonly passes?: number
}[] = [
  { setting: setting('confidencePenalty', { strength: 0.5 }), penalty: ([first]) => -0.5 * mean(first!.map(entropy)) },
  {
    setting: setting('confidencePenalty', { strength: 0.5, threshold: 0.6 }),
    penalty: ([first]) => 0.5 * mean(first!.map((row) => Math.max(0, 0.6 - entropy(row)))),
  },
  {
    setting: setting('spectralDecoupling', { strength: 0.25 }),
    penalty: ([first]) => 0.125 * mean(first!.map(({ z }) => squared(z))),
  },
  {
    setting: setting('rDrop', { strength: 2 }),
    passes: 2,
    penalty: ([first, second]) =>
      mean(
        first!.map(({ p }, row) => {
          const q = second![row]!.p
          const divergence = (from: readonly number[], to: readonly number[]) =>
            sum(from.map((each, c) => each * Math.log(each / to[c]!)))
          return (2 * (divergence(p, q) + divergence(q, p))) / 2
        }),
      ),
  },
  {
    setting: setting('inputGradient', { strength: 0.5 }),
    penalty: ([first]) =>
      0.25 *
      mean(
        first!.map(({ p, slopes }, row) =>
          squared(slopes.map((slope) => sum(slope.map((each, c) => each * (p[c]! - Number(c === y[row])))))),
        ),
      ),
  },
  ...[1, 2].map((projections) => ({
    setting: setting('jacobian', { strength: 0.5, projections }),
    penalty: ([first]: readonly (readonly Pass[])[]) =>
      mean(
        Array.from({ length: projections }, (_, index) => {
          const name = index === 0 ? 'jacobian' : `jacobian.draw${index + 1}`
          const directions = rowsOf(
            drawn((draws) => draws.normal(name, [rows, classes])),
            classes,
          )
          return (
            0.25 *
            classes *
            mean(
              first!.map(({ slopes }, row) => {
                const direction = directions[row]!
                return (
                  squared(slopes.map((slope) => sum(slope.map((each, c) => each * direction[c]!)))) / squared(direction)
                )
              }),
            )
          )
        }),
      ),
  })),
]

describe('a technique that looks at what the network makes of a batch', () => {
  test.each(cases)('$setting.kind $setting.params: value and gradient are those of its formula', (each) => {
    const masks = [maskOf('dropout2'), maskOf('pass2/dropout2')].slice(0, each.passes ?? 1)
    const parts = (weights: Weights) => {
      const passes = masks.map((mask) => pass(weights, mask))
      return {
        data: mean(passes.map((rowsOfPass) => mean(rowsOfPass.map(({ loss }) => loss)))),
        penalty: each.penalty(passes),
      }
    }
    const { columns, report, gradients } = step(each.setting)
    const { data, penalty } = parts(start)
    expect(columns).toEqual(['data', `penalty:${each.setting.kind}`])
    expect(distance(report, [data, penalty])).toBeLessThan(1e-6)
    for (const [name, gradient] of Object.entries(gradients)) {
      const expected = differences((point) => {
        const moved = parts({ ...start, [name]: point })
        return moved.data + moved.penalty
      }, start[name]!)
      expect(distance(gradient, expected), name).toBeLessThan(1e-6)
    }
  })

  test('costs nothing in evaluation, where it does not act', () => {
    const program = compile(
      chain([setting('dense', { units: classes, activation: 'softmax' })], { regularizers: [setting('jacobian')] }),
      { features, classes, targets: 1 },
    )
    const results = evaluate64(program.evaluate(), {
      x: array([rows, features], x),
      y: tensorOf('int64', [rows], y),
      'dense1/kernel': array([features, classes], randoms('kernel', features * classes)),
      'dense1/bias': array([classes], randoms('bias', classes)),
    })
    expect((results.get('report') as Numbers).data[1]).toBe(0)
  })

  test.each(['confidencePenalty', 'rDrop', 'bootstrappedLabels'])(
    '%s says what it needs where numbers are predicted',
    (kind) => {
      const project = chain([setting('dense', { units: 1 })], {
        loss: setting('meanSquaredError'),
        regularizers: [setting(kind)],
      })
      const refused = () => compile(project, { features, classes: 0, targets: 1 })
      expect(refused).toThrow(IssueError)
      expect(refused).toThrow(/the loss is for numbers; remove it/)
    },
  )
})
