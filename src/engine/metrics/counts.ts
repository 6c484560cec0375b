/** What precision and recall share: which outputs count, and how often they say 1 rightly and wrongly. */
import type { MetricContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { optional } from '../params.ts'
import { rowSum } from '../rows.ts'
import { above, probabilities } from './probabilities.ts'

export const countParams = {
  threshold: optional({
    title: 'Threshold',
    doc: 'The probability above which an output says 1.',
    default: null,
    min: 0,
    max: 1,
    none: '0.5, or none among the top k',
  }),
  topK: optional({
    title: 'Top k',
    doc: 'Only the k most likely classes of a row say 1.',
    default: null,
    min: 1,
    whole: true,
    none: 'all classes',
  }),
  classId: optional({
    title: 'Class',
    doc: 'Number of the one class that counts, from 0.',
    default: null,
    min: 0,
    whole: true,
    none: 'all classes',
  }),
}

type Context = MetricContext<typeof countParams>

/** By the parameters' names: Keras' arguments. */
export const countArguments = { threshold: 'thresholds' }

/** Sums of each row, [batch, 3]: outputs that say 1 rightly, outputs that say 1 wrongly, and outputs that miss a 1. */
export function confusion(context: Context): Value {
  const { g, target } = context
  const said = countedOf(context, g.Cast(saying(context), 'float32'))
  const truth = countedOf(context, g.Cast(g.Greater(target, g.scalar(0)), 'float32'))
  const both = g.Mul(said, truth)
  const sums = [both, g.Sub(said, both), g.Sub(truth, both)].map((value) => g.Unsqueeze(rowSum(g, value), [1]))
  return g.Concat(sums, 1)
}

/** The part of something, 0 where there is nothing. */
export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** Which outputs say 1, as booleans of the prediction's shape. */
function saying(context: Context): Value {
  const { g, prediction, params } = context
  const { topK, threshold } = params
  if (topK === null) return above(context, threshold ?? 0.5)
  const classes = Number(prediction.shape.at(-1))
  if (topK > classes)
    return context.fail(`${topK} of ${classes} classes are to say 1; give ${classes} at most`, 'topK', classes)
  const [, places] = g.TopK(probabilities(context), topK)
  if (!places) return context.fail('the likeliest classes are not known', 'topK')
  const top = g.Greater(g.ReduceSum(g.OneHot(places, classes), [-2]), g.scalar(0))
  return threshold === null ? top : g.And(top, above(context, threshold))
}

/** The column of the class that counts, or all of them. */
function countedOf(context: Context, value: Value): Value {
  const { classId } = context.params
  if (classId === null) return value
  const classes = Number(value.shape.at(-1))
  if (classId >= classes)
    return context.fail(
      `class ${classId} is to count, but there are ${classes}, from 0; give ${classes - 1} at most`,
      'classId',
      classes - 1,
    )
  return context.g.Slice(value, [classId], [classId + 1], [-1])
}
