import { defineRegularizer } from '../define.ts'
import { integer, number } from '../params.ts'
import { exceedsBest, keepBest, nothingSeen, onlyValidation, validationMonitor, watchParams } from './watch.ts'

export const progressQuotient = defineRegularizer({
  kind: 'progressQuotient',
  title: 'Stop on progress quotient',
  doc: 'Ends training once the validation error has risen by more than the training error still moves.',
  reference: 'Prechelt 1998, Early Stopping – But When?, criterion PQ',
  formula:
    'GL(t) = 100·(E_va(t)/E_opt(t) − 1)\nP_k(t) = 1000·(Σ E_tr(s) / (k·min E_tr(s)) − 1) over the strip s = t−k+1 … t\nstop at the end of a strip when GL(t)/P_k(t) > α',
  conventions: {
    keras: 'Nothing built in: EarlyStopping counts epochs without improvement and does not look at the training error',
  },
  places: ['training'],
  params: {
    monitor: validationMonitor,
    alpha: number({
      title: 'Limit',
      doc: 'Percent that the validation error may rise for each thousandth that the training error moves.',
      default: 0.75,
      min: 0,
      exclusiveMin: true,
      scale: 'log',
      sensible: [0.5, 3],
    }),
    strip: integer({
      title: 'Strip',
      doc: 'How many epochs make a strip, at whose end it judges.',
      default: 5,
      min: 2,
      unit: 'epochs',
    }),
    restoreBest: watchParams.restoreBest,
  },
  conflict: onlyValidation,
  stop: {
    start: () => ({ ...nothingSeen, recent: [] }),
    monitor: ({ monitor }) => monitor,
    better: () => null,
    errorsOnly: true,
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params: { alpha, strip }, state: before, epoch, watched, value, better, values }) => {
      const { state, improved } = keepBest(before, value, epoch, better)
      const trained = values[`train/${watched}`] ?? Number.NaN
      const recent = [...(state.recent ?? []), trained].filter(Number.isFinite)
      if ((epoch + 1) % strip !== 0) return { state: { ...state, recent }, improved, stop: false }
      const stop = recent.length > 0 && exceedsBest(value, state, alpha * trainingProgress(recent))
      return { state: { ...state, recent: [] }, improved, stop }
    },
  },
})

/** P_k = 1000 · (mean / least − 1): how many thousandths the errors of a strip lie above its least one on average. */
function trainingProgress(errors: readonly number[]): number {
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  const least = Math.min(...errors)
  return mean === least ? 0 : (1000 * (mean - least)) / Math.abs(least)
}
