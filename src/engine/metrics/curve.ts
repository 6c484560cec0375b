/** What the areas under curves share: a histogram of probabilities, and the counts above each threshold. */
import type { MetricContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { choice, flag, integer } from '../params.ts'
import { probabilities } from './probabilities.ts'

export const curveParams = {
  numThresholds: integer({
    title: 'Thresholds',
    doc: 'How many thresholds from 0 to 1 the curve has.',
    default: 200,
    min: 2,
    max: 10000,
  }),
  summationMethod: choice({
    title: 'Between thresholds',
    doc: 'The curve between two thresholds: in between, or as its lower or its higher end.',
    options: ['interpolation', 'minoring', 'majoring'],
    default: 'interpolation',
  }),
  multiLabel: flag({
    title: 'Each class apart',
    doc: 'A curve for each class, whose areas are averaged, instead of one for all.',
    default: false,
  }),
}

type Context = MetricContext<typeof curveParams>
type Params = Context['params']

/** Rows and columns of a square table that has room for a histogram. */
const sideOf = ({ numThresholds }: Params): number => Math.ceil(Math.sqrt(numThresholds))

/**
 * Histograms of the probabilities of all outputs and of those that should say 1, as means over the batch, [1, n]. A bucket's
 * number is taken apart into a row and a column, so that counting is a product of two thin matrices.
 */
export function histograms(context: Context): Value {
  const { g, prediction, target, params } = context
  const [last, side] = [params.numThresholds - 1, sideOf(params)]
  const shape = params.multiLabel ? [-1, Number(prediction.shape.at(-1))] : [-1, 1]
  const columns = (value: Value): Value => g.Transpose(g.Reshape(value, shape), [1, 0])
  const p = g.Clip(columns(probabilities(context)), g.scalar(0), g.scalar(1))
  const truth = g.Cast(g.Greater(columns(target), g.scalar(0)), 'float32')
  // A probability is above threshold i when p last > i: bucket ceil(p last) - 1, and 0 for p = 0
  const bucket = g.Relu(g.Sub(g.Neg(g.Floor(g.Mul(p, g.scalar(-last)))), g.scalar(1)))
  const row = g.Floor(g.Div(g.Add(bucket, g.scalar(0.5)), g.scalar(side)))
  const place = (value: Value): Value => g.OneHot(g.Cast(value, 'int64'), side)
  const [rows, column] = [place(row), place(g.Sub(bucket, g.Mul(row, g.scalar(side))))]
  const count = (chosen: Value): Value => g.Reshape(g.MatMul(g.Transpose(chosen, [0, 2, 1]), column), [1, -1])
  const right = g.Mul(rows, g.Unsqueeze(truth, [2]))
  return g.Div(g.Concat([count(rows), count(right)], 1), g.count(prediction, [0]))
}

/** Outputs above each threshold that should say 1, and that should not. */
export interface Curve {
  readonly right: readonly number[]
  readonly wrong: readonly number[]
}

/** One curve for each class that is looked at apart, from the means of `histograms`. */
function curvesOf(means: readonly number[], params: Params): readonly Curve[] {
  const { numThresholds } = params
  const size = sideOf(params) ** 2
  const classes = means.length / (2 * size)
  return Array.from({ length: classes }, (_, each) => {
    const all = means.slice(each * size, each * size + numThresholds)
    const right = means.slice((classes + each) * size, (classes + each) * size + numThresholds)
    return { right: above(right), wrong: above(all.map((count, bucket) => count - (right[bucket] ?? 0))) }
  })
}

/** Sums from each bucket to the last. */
function above(buckets: readonly number[]): readonly number[] {
  const sums = [...buckets]
  for (let at = sums.length - 2; at >= 0; at--) sums[at] = (sums[at] ?? 0) + (sums[at + 1] ?? 0)
  return sums
}

/** The area under y over x, of points in the order of falling x. */
export function areaUnder(x: readonly number[], y: readonly number[], method: Params['summationMethod']): number {
  return x.slice(1).reduce((area, end, index) => {
    const [low, high] = [y[index + 1] ?? 0, y[index] ?? 0]
    const heights = { interpolation: (low + high) / 2, minoring: Math.min(low, high), majoring: Math.max(low, high) }
    return area + ((x[index] ?? 0) - end) * heights[method]
  }, 0)
}

/** The mean area of all curves. */
export function meanArea(means: readonly number[], params: Params, area: (curve: Curve) => number): number {
  const areas = curvesOf(means, params).map(area)
  return areas.reduce((sum, each) => sum + each, 0) / areas.length
}
