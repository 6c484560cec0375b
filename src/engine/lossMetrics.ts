/** Every loss is a number one may want to watch: the metrics that are losses. */
import type { LossDefinition, MetricDefinition, TargetForm } from './define.ts'

/** A metric for each loss, under its name; those of class indices are the same as those of one column a class. */
export function lossMetrics(
  losses: Readonly<Record<string, LossDefinition>>,
): Readonly<Record<string, MetricDefinition>> {
  return Object.fromEntries(
    Object.entries(losses).flatMap(([kind, loss]) => (loss.target === 'index' ? [] : [[kind, metricOf(loss)]])),
  )
}

function metricOf(loss: LossDefinition): MetricDefinition {
  const { kind, title, doc, reference, formula, params, metric, target, build } = loss
  // The difference of numbers means something for classes too, seen as columns of 0 and 1.
  const targets: readonly TargetForm[] = target === 'value' ? ['value', 'binary', 'oneHot'] : [target]
  return {
    kind,
    title,
    doc,
    reference,
    ...(formula === undefined ? {} : { formula }),
    ...(metric ? { keras: metric } : {}),
    params,
    targets,
    better: 'lower',
    build: (context) =>
      build(
        'fromLogits' in params && context.threshold === 0
          ? { ...context, params: { ...context.params, fromLogits: true } }
          : context,
      ),
  }
}
