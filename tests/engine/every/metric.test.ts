import { describe, expect, test } from 'vitest'
import type { MetricDefinition, TargetForm } from '#engine/define.ts'
import { definitions, filled } from '#engine/definitions.ts'
import { metrics } from '#engine/metrics/index.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { mean, randoms, rowsOf, sigmoid, softmax, sum } from '../../support/reals.ts'

type Numbers = readonly number[]
type Params = Readonly<Record<string, ParamValue>>

/** Everything a metric is computed from: predictions and targets place by place, and what the predictions mean. */
interface Seen {
  readonly p: readonly Numbers[]
  readonly y: readonly Numbers[]
  readonly params: Params
  readonly form: TargetForm
  readonly threshold: number
}

interface Reference {
  /** The metric of all places together, from the formula alone. */
  readonly value: (seen: Seen) => number
  /** Parameters to try beside the defaults. */
  readonly settings?: readonly Params[]
}

const argMax = (values: Numbers) => values.indexOf(Math.max(...values))
const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
const column = (rows: readonly Numbers[], k: number) => rows.map((row) => row[k]!)
const columns = ({ p }: Seen) => p[0]!.map((_, k) => k)

/** Predictions as probabilities. */
const probabilities = ({ p, form, threshold }: Seen): Numbers[] =>
  p.map((row) => (threshold !== 0 ? [...row] : form === 'oneHot' ? softmax(row) : row.map(sigmoid)))

/** Places of a row whose probability no more than k - 1 others beat. */
const leaders = (row: Numbers, k: number) => row.map((each) => row.filter((other) => other > each).length < k)

/** How many outputs say 1 rightly and wrongly and how many miss a 1, among those that count. */
function confusion(seen: Seen): { right: number; wrong: number; missed: number } {
  const { y, params } = seen
  const counts = { right: 0, wrong: 0, missed: 0 }
  probabilities(seen).forEach((row, index) => {
    const top = params.topK === null ? null : leaders(row, Number(params.topK))
    const least = params.threshold ?? (top ? -1 : 0.5)
    row.forEach((each, k) => {
      if (params.classId !== null && params.classId !== k) return
      const says = each > Number(least) && (top?.[k] ?? true)
      if (says && y[index]![k] === 1) counts.right++
      else if (says) counts.wrong++
      else if (y[index]![k] === 1) counts.missed++
    })
  })
  return counts
}

const counted: readonly Params[] = [{ threshold: 0.3 }, { classId: 0 }]
const chosen: readonly Params[] = [...counted, { topK: 2 }, { topK: 1, threshold: 0.4 }, { topK: 2, classId: 1 }]

/** The F score of counts. */
function scoreOf(right: number, said: number, true_: number, beta: number): number {
  const [precision, recall] = [share(right, said), share(right, true_)]
  return share((1 + beta ** 2) * precision * recall, beta ** 2 * precision + recall)
}

function fScore(seen: Seen): number {
  const { y, params, form } = seen
  const beta = Number(params.beta ?? 1)
  const said = probabilities(seen).map((row) =>
    params.threshold === null && form === 'oneHot'
      ? row.map((_, k) => Number(k === argMax(row)))
      : row.map((each) => Number(each > Number(params.threshold ?? 0.5))),
  )
  const counts = columns(seen).map((k) => {
    const [a, b] = [column(said, k), column(y, k)]
    return [sum(a.map((each, index) => each * b[index]!)), sum(a), sum(b)] as const
  })
  const scores = counts.map(([right, all, true_]) => scoreOf(right, all, true_, beta))
  switch (params.average) {
    case 'macro':
      return mean(scores)
    case 'weighted':
      return sum(scores.map((score, k) => score * counts[k]![2])) / sum(counts.map(([, , true_]) => true_))
    case 'micro':
      return scoreOf(...([0, 1, 2].map((at) => sum(counts.map((each) => each[at]!))) as [number, number, number]), beta)
    default:
      return scores[Number(params.classId)]!
  }
}

const averages: readonly Params[] = ['micro', 'weighted', 'class'].map((average) => ({ average }))

/** Outputs above each of evenly spread thresholds, of those that should say 1 and of the others; one list for each curve. */
function curves(seen: Seen): { readonly right: Numbers; readonly wrong: Numbers }[] {
  const last = Number(seen.params.numThresholds) - 1
  const [p, y] = [probabilities(seen), seen.y]
  const groups = seen.params.multiLabel === true ? columns(seen).map((k) => [k]) : [columns(seen)]
  return groups.map((group) => {
    const pairs = p.flatMap((row, index) => group.map((k) => [row[k]! * last, y[index]![k]!] as const))
    const above = (truth: number) =>
      Array.from(
        { length: last + 1 },
        (_, i) => pairs.filter(([score, label]) => label === truth && (i === 0 || score > i)).length,
      )
    return { right: above(1), wrong: above(0) }
  })
}

/** The area under a curve of which the heights at both ends of each step are known. */
function area(x: Numbers, y: Numbers, method: ParamValue | undefined): number {
  return sum(
    x.slice(1).map((end, i) => {
      const [high, low] = [Math.max(y[i]!, y[i + 1]!), Math.min(y[i]!, y[i + 1]!)]
      return (x[i]! - end) * (method === 'minoring' ? low : method === 'majoring' ? high : (high + low) / 2)
    }),
  )
}

/** ∫ precision d(recall) while outputs above the threshold come in evenly between two thresholds, summed up by Simpson's rule. */
function precisionIntegral({ right, wrong }: { readonly right: Numbers; readonly wrong: Numbers }): number {
  const steps = 2000
  return sum(
    right.slice(1).map((low, i) => {
      const [dRight, dWrong] = [right[i]! - low, wrong[i]! - wrong[i + 1]!]
      if (dRight === 0) return 0
      const precision = (part: number) => {
        const [t, f] = [low + part * dRight, wrong[i + 1]! + part * dWrong]
        return t + f === 0 ? dRight / (dRight + dWrong) : t / (t + f)
      }
      // Where nothing lies above the upper threshold, Keras takes precision to be what it is at the lower one.
      const flat = low + wrong[i + 1]! === 0
      const inside = Array.from({ length: steps + 1 }, (_, j) => {
        const weight = j === 0 || j === steps ? 1 : j % 2 === 1 ? 4 : 2
        return weight * (flat ? precision(1) : precision(j / steps))
      })
      return (sum(inside) / (3 * steps)) * (dRight / right[0]!)
    }),
  )
}

const shapes: readonly Params[] = [
  { numThresholds: 12 },
  { summationMethod: 'minoring' },
  { summationMethod: 'majoring', numThresholds: 5 },
  { multiLabel: true, numThresholds: 30 },
]

const references: Readonly<Record<string, Reference>> = {
  accuracy: {
    value: ({ p, y, form, threshold }) =>
      mean(
        p.map((row, index) =>
          form === 'binary'
            ? mean(row.map((each, k) => Number(each > threshold === (y[index]![k] === 1))))
            : Number(argMax(row) === argMax(y[index]!)),
        ),
      ),
  },
  binaryAccuracy: {
    value: (seen) =>
      mean(
        probabilities(seen).flatMap((row, index) =>
          row.map((each, k) => Number(each > Number(seen.params.threshold) === (seen.y[index]![k] === 1))),
        ),
      ),
    settings: [{ threshold: 0.2 }, { threshold: 0.75 }],
  },
  topKAccuracy: {
    value: ({ p, y, params }) => mean(p.map((row, index) => Number(leaders(row, Number(params.k))[argMax(y[index]!)]))),
    settings: [{ k: 1 }, { k: 2 }],
  },
  precision: {
    value: (seen) => share(confusion(seen).right, confusion(seen).right + confusion(seen).wrong),
    settings: counted,
  },
  recall: {
    value: (seen) => share(confusion(seen).right, confusion(seen).right + confusion(seen).missed),
    settings: counted,
  },
  f1Score: { value: fScore, settings: [...averages, { threshold: 0.4 }] },
  fBetaScore: { value: fScore, settings: [{ beta: 2 }, ...averages.map((each) => ({ ...each, beta: 0.5 }))] },
  rocAuc: {
    value: (seen) =>
      mean(
        curves(seen).map(({ right, wrong }) =>
          area(
            wrong.map((each) => share(each, wrong[0]!)),
            right.map((each) => share(each, right[0]!)),
            seen.params.summationMethod,
          ),
        ),
      ),
    settings: shapes,
  },
  prAuc: {
    value: (seen) =>
      mean(
        curves(seen).map((curve) => {
          if (seen.params.summationMethod === 'interpolation') return precisionIntegral(curve)
          const precision = curve.right.map((each, i) => share(each, each + curve.wrong[i]!))
          return area(
            curve.right.map((each) => each / curve.right[0]!),
            precision,
            seen.params.summationMethod,
          )
        }),
      ),
    settings: shapes,
  },
  rootMeanSquaredError: {
    value: ({ p, y }) => Math.sqrt(mean(p.flatMap((row, index) => row.map((each, k) => (each - y[index]![k]!) ** 2)))),
  },
  r2Score: {
    value: (seen) => {
      const scores = columns(seen).map((k) => {
        const [p, y] = [column(seen.p, k), column(seen.y, k)]
        const total = sum(y.map((each) => (each - mean(y)) ** 2))
        return { total, score: 1 - sum(y.map((each, index) => (each - p[index]!) ** 2)) / total }
      })
      return seen.params.classAggregation === 'uniform_average'
        ? mean(scores.map(({ score }) => score))
        : sum(scores.map(({ score, total }) => score * total)) / sum(scores.map(({ total }) => total))
    },
    settings: [{ classAggregation: 'variance_weighted_average' }],
  },
  cosineSimilarity: {
    value: ({ p, y }) =>
      mean(
        p.map((row, index) => {
          const dot = (a: Numbers, b: Numbers) => sum(a.map((each, k) => each * b[k]!))
          return share(dot(row, y[index]!), Math.sqrt(dot(row, row) * dot(y[index]!, y[index]!)))
        }),
      ),
  },
}

const shapesOf: Readonly<Record<TargetForm, readonly Numbers[]>> = {
  binary: [[1], [2]],
  oneHot: [[3], [2, 4]],
  index: [],
  value: [[1], [3], [2, 2]],
}

function targets(form: TargetForm, places: number, width: number): number[] {
  if (form === 'value') return Array.from(randoms('metric target', places * width))
  const draws = randoms(`metric ${form}`, places * width, 0, 1)
  if (form === 'binary') return Array.from(draws, (draw) => Number(draw > 0.6))
  return rowsOf(draws, width).flatMap((row) => row.map((_, k) => Number(k === argMax(row))))
}

/** Predictions that know something of the targets: probabilities, or scores around 0. */
function predictions(form: TargetForm, threshold: number, target: Numbers, width: number): number[] {
  const noise = randoms(`predictions ${form} ${threshold} ${width}`, target.length, -2, 2)
  const scores = target.map((each, index) => noise[index]! + each - (form === 'value' ? 0 : 0.5))
  if (form === 'value' || threshold === 0) return scores
  return form === 'binary' ? scores.map(sigmoid) : rowsOf(scores, width).flatMap((row) => softmax(row))
}

interface Fed {
  readonly shape: Numbers
  readonly p: Numbers
  readonly y: Numbers
  readonly form: TargetForm
  readonly threshold: number
  readonly center?: Numbers
}

/** The means of what a metric puts out over all rows, which come in batches of these sizes. */
function meansOf(metric: MetricDefinition, params: Params, fed: Fed, batches: Numbers): number[] {
  const width = fed.shape.reduce((product, dim) => product * dim, 1)
  let from = 0
  let sums: number[] = []
  for (const rows of batches) {
    const bench = new Bench()
    const shape = [rows, ...fed.shape]
    const part = (all: Numbers) => all.slice(from * width, (from + rows) * width)
    const values = metric.build({
      ...bench.hooks(metric, params),
      prediction: bench.feed('p', shape, part(fed.p)),
      target: bench.feed('y', shape, part(fed.y)),
      logits: () => null,
      form: fed.form,
      threshold: fed.threshold,
      center: fed.center ?? [],
      fail: (message, param) => expect.fail(`${param} ${message}`),
    })
    expect([1, rows]).toContain(values.shape[0])
    expect(values.shape.length).toBeLessThanOrEqual(2)
    const means = bench.data(bench.g.Reshape(bench.g.ReduceMean(values, [0]), [-1]))
    sums = Array.from(means, (each, index) => each * rows + (sums[index] ?? 0))
    from += rows
  }
  return sums.map((each) => each / from)
}

function valueOf(metric: MetricDefinition, params: Params, fed: Fed, batches: Numbers): number {
  const means = meansOf(metric, params, fed, batches)
  return metric.result ? metric.result(means, params) : means[0]!
}

const batches = [7, 1, 16]
const rows = sum(batches)

test('every metric has a formula to be held against, or is the mean of a loss', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(metrics).toSorted())
  const others = Object.keys(definitions.metric).filter((kind) => !references[kind])
  for (const kind of others) expect(definitions.loss[kind], kind).toBeDefined()
})

describe.each(Object.entries(metrics))('%s', (kind, metric) => {
  test.each(metric.targets)('of %s targets has the value of its formula, whatever the batches', (form) => {
    const { value, settings = [] } = references[kind] ?? expect.fail(`${kind} has no formula`)
    const more = form === 'oneHot' && (kind === 'precision' || kind === 'recall') ? chosen : settings
    for (const shape of shapesOf[form]) {
      const width = shape.at(-1)!
      const places = rows * shape.slice(0, -1).reduce((product, dim) => product * dim, 1)
      // The variance of R² is that of a column, and each place is a column of its own.
      const wide = kind === 'r2Score' ? shape.reduce((product, dim) => product * dim, 1) : width
      for (const threshold of [0, 0.5]) {
        const y = targets(form, places, width)
        const p = predictions(form, threshold, y, width)
        for (const setting of [{}, ...more]) {
          const params = filled(metric, { kind, params: setting })
          const fed = { shape, p, y, form, threshold }
          const expected = value({ p: rowsOf(p, wide), y: rowsOf(y, wide), params, form, threshold })
          const tolerance = kind === 'prAuc' || kind.endsWith('Score') ? 1e-6 : 1e-9
          expect(
            Math.abs(valueOf(metric, params, fed, batches) - expected),
            `${shape.join()} ${JSON.stringify(setting)} with threshold ${threshold}`,
          ).toBeLessThan(tolerance)
        }
      }
    }
  })
})

describe.each(Object.entries(definitions.metric).filter(([kind]) => !references[kind]))('%s', (kind, metric) => {
  test('is the mean of its loss, and takes logits for what they are', () => {
    const loss = definitions.loss[kind] ?? expect.fail(`there is no loss ${kind}`)
    expect(metric.better).toBe('lower')
    for (const form of metric.targets) {
      const width = 3
      for (const threshold of form === 'value' ? [0.5] : [0.5, 0]) {
        const y = targets(form, rows, width)
        const p = predictions(form, threshold, y, width).map((each) => (kind === 'poisson' ? Math.abs(each) : each))
        const params = filled(metric, { kind, params: {} })
        const bench = new Bench()
        const perRow = loss.build({
          ...bench.hooks(loss, 'fromLogits' in params ? { ...params, fromLogits: threshold === 0 } : params),
          prediction: bench.feed('p', [rows, width], p),
          target: bench.feed('y', [rows, width], y),
          logits: () => null,
          fail: (message) => expect.fail(message),
        })
        const found = meansOf(metric, params, { shape: [width], p, y, form, threshold }, [rows])
        expect(distance(found, [mean(bench.data(perRow))])).toBeLessThan(1e-12)
      }
    }
  })
})

describe('areas under curves', () => {
  const ranked = (kind: string, p: Numbers, y: Numbers, params: Params) => {
    const metric = metrics[kind] ?? expect.fail(`there is no ${kind}`)
    const fed: Fed = { shape: [1], p, y, form: 'binary', threshold: 0.5 }
    return valueOf(metric, filled(metric, { kind, params }), fed, [p.length])
  }

  test('ROC AUC is how often a 1 is ranked above a 0, ties counting half', () => {
    const draws = randoms('ranks', 120, 0, 1)
    const y = Array.from(draws.subarray(0, 60), (draw) => Number(draw > 0.5))
    // In the middles of the buckets, so that no two different ones share a bucket
    const p = Array.from(
      draws.subarray(60),
      (draw, index) => (Math.floor(20 * (0.6 * draw + 0.3 * y[index]!)) + 0.5) / 20,
    )
    const wins = y.flatMap((truth, i) =>
      truth === 1 ? y.flatMap((other, j) => (other === 0 ? [p[i]! > p[j]! ? 1 : p[i] === p[j] ? 0.5 : 0] : [])) : [],
    )
    expect(ranked('rocAuc', p, y, { numThresholds: 21 })).toBeCloseTo(mean(wins), 12)
  })

  test('both are what Keras computes', () => {
    const [p, y] = [
      [0, 0.5, 0.3, 0.9],
      [0, 0, 1, 1],
    ]
    expect(ranked('rocAuc', p, y, { numThresholds: 3 })).toBeCloseTo(0.75, 7)
    expect(ranked('rocAuc', p, y, {})).toBeCloseTo(0.75, 7)
    expect(ranked('prAuc', p, y, {})).toBeCloseTo(0.7972674369812012, 6)
    expect(ranked('prAuc', p, y, { numThresholds: 3 })).toBeCloseTo(0.8206993937492371, 6)
  })

  test('are 0 where there is nothing to tell apart', () => {
    expect(ranked('rocAuc', [0.2, 0.7], [1, 1], {})).toBe(0)
    expect(ranked('prAuc', [0.2, 0.7], [0, 0], {})).toBe(0)
  })
})

test('R² of targets far from 0 is exact in float32 when their mean is known', () => {
  const metric = metrics.r2Score ?? expect.fail('there is no R²')
  const y = Array.from(randoms('far targets', 64, -1, 1), (each) => Math.fround(1e5 + each))
  const p = Array.from(randoms('far predictions', 64, -0.3, 0.3), (each, index) => Math.fround(y[index]! + each))
  const fed: Fed = { shape: [1], p, y, form: 'value', threshold: 0.5, center: [Math.fround(mean(y))] }
  const params = filled(metric, { kind: 'r2Score', params: {} })
  const means = meansOf(metric, params, fed, [64]).map(Math.fround)
  const total = sum(y.map((each) => (each - mean(y)) ** 2))
  const expected = 1 - sum(y.map((each, index) => (each - p[index]!) ** 2)) / total
  expect(metric.result!(means, params)).toBeCloseTo(expected, 6)
})

test.each([
  ['precision', { classId: 3 }, 'classId class 3 is to count, but there are 3, from 0; give 2 at most'],
  ['recall', { topK: 4 }, 'topK 4 of 3 classes are to say 1; give 3 at most'],
  ['f1Score', { average: 'class', classId: 3 }, 'classId class 3 is to count, but there are 3, from 0; give 2 at most'],
])('%s with %j says what does not fit', (kind, setting, message) => {
  const metric = metrics[kind] ?? expect.fail(`there is no ${kind}`)
  const fed: Fed = { shape: [3], p: [0.2, 0.3, 0.5], y: [0, 1, 0], form: 'oneHot', threshold: 0.5 }
  expect(() => valueOf(metric, filled(metric, { kind, params: setting }), fed, [1])).toThrow(message)
})
