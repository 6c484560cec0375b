import { defineMetric } from '../define.ts'
import { shareOf } from './counts.ts'
import { areaUnder, curveParams, histograms, meanArea, type Curve } from './curve.ts'

export const prAuc = defineMetric({
  kind: 'prAuc',
  title: 'PR AUC',
  doc: 'The area under precision over recall: what to watch when few rows are 1.',
  reference:
    'Davis, Goadrich 2006, https://www.biostat.wisc.edu/~page/rocpr.pdf; https://keras.io/api/metrics/classification_metrics/#auc-class',
  formula: '∫ P dR over the thresholds,  P = TP / (TP + FP),  R = TP / (TP + FN)',
  keras: { class: 'AUC', only: { curve: 'PR' } },
  targets: ['binary', 'oneHot'],
  better: 'higher',
  params: curveParams,
  build: histograms,
  result: (means, params) =>
    meanArea(means, params, (curve) => {
      if (params.summationMethod === 'interpolation') return interpolated(curve)
      const { right, wrong } = curve
      const recall = right.map((count) => shareOf(count, right[0] ?? 0))
      const precision = right.map((count, at) => shareOf(count, count + (wrong[at] ?? 0)))
      return areaUnder(recall, precision, params.summationMethod)
    }),
})

/**
 * Between two thresholds right and wrong outputs grow in proportion, so precision does not run straight: with t right of p
 * said to be 1, s = Δt / Δp and c = t - s p, the area is s (Δt + c ln(p_high / p_low)) / t_all.
 */
function interpolated({ right, wrong }: Curve): number {
  const said = right.map((count, at) => count + (wrong[at] ?? 0))
  return right.slice(1).reduce((area, low, at) => {
    const [more, most, least] = [(right[at] ?? 0) - low, said[at] ?? 0, said[at + 1] ?? 0]
    const slope = shareOf(more, Math.max(most - least, 0))
    const bend = most > 0 && least > 0 ? (low - slope * least) * Math.log(most / least) : 0
    return area + shareOf(slope * (more + bend), right[0] ?? 0)
  }, 0)
}
