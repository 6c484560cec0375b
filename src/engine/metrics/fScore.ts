/** What the F scores share: counts of each class, and what they come to. */
import type { MetricContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { choice, integer, optional } from '../params.ts'
import { shareOf } from './counts.ts'
import { above } from './probabilities.ts'

export const scoreParams = {
  average: choice({
    title: 'Average',
    doc: 'Every class alike (macro), every class by its rows (weighted), all counted together (micro), or one class alone.',
    options: ['macro', 'weighted', 'micro', 'class'],
    default: 'macro',
  }),
  classId: integer({
    title: 'Class',
    doc: 'Number of the class that counts where one alone does, from 0.',
    default: 0,
    min: 0,
  }),
  threshold: optional({
    title: 'Threshold',
    doc: 'The probability above which an output says 1.',
    default: null,
    min: 0,
    max: 1,
    none: 'the likeliest class; 0.5 for outputs of 0 and 1',
  }),
}

type Context = MetricContext<typeof scoreParams>

/** Counts of each class in a row, [batch, 3 classes]: outputs that say 1 rightly, then those that say it at all, then those that should. */
export function classCounts(context: Context): Value {
  const { g, params, target, form, prediction } = context
  const { average, classId, threshold } = params
  const classes = Number(prediction.shape.at(-1))
  if (average === 'class' && classId >= classes)
    return context.fail(
      `class ${classId} is to count, but there are ${classes}, from 0; give ${classes - 1} at most`,
      'classId',
      classes - 1,
    )
  const likeliest = threshold === null && form === 'oneHot'
  const said = g.Cast(likeliest ? leading(context) : above(context, threshold ?? 0.5), 'float32')
  const counts = [g.Mul(said, target), said, target].map((value) => byClass(context, value))
  return g.Concat(counts, 1)
}

/** Where no other class is more likely; an output of 0 never leads. */
function leading({ g, prediction }: Context): Value {
  const most = g.ReduceMax(prediction, [-1], true)
  return g.And(g.GreaterOrEqual(prediction, most), g.Greater(g.Abs(prediction), g.scalar(1e-9)))
}

/** Sums over a row's positions, [batch, classes]. */
function byClass({ g }: Context, value: Value): Value {
  const positions = value.shape.slice(1, -1).map((_, axis) => axis + 1)
  return positions.length > 0 ? g.ReduceSum(value, positions) : value
}

/** (1 + β²) P R / (β² P + R) from the counts of each class, averaged as wanted. */
export function fScore(means: readonly number[], { average, classId }: Context['params'], beta: number): number {
  const classes = means.length / 3
  const score = (at: readonly number[]): number => {
    const sum = (from: number): number => at.reduce((total, each) => total + (means[from * classes + each] ?? 0), 0)
    const [precision, recall] = [shareOf(sum(0), sum(1)), shareOf(sum(0), sum(2))]
    return ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall + 1e-7)
  }
  const all = Array.from({ length: classes }, (_, each) => each)
  switch (average) {
    case 'micro':
      return score(all)
    case 'class':
      return score([classId])
    case 'macro':
      return all.reduce((sum, each) => sum + score([each]), 0) / classes
    case 'weighted': {
      const rows = means.slice(2 * classes)
      const total = rows.reduce((sum, count) => sum + count, 0)
      return all.reduce((sum, each) => sum + score([each]) * shareOf(rows[each] ?? 0, total), 0)
    }
  }
}
