import { defineRegularizer } from '../define.ts'
import { integer, number, optional } from '../params.ts'
import { beats, betterBy, leastImprovement, nothingSeen, watchParams } from './watch.ts'

export const earlyStopping = defineRegularizer({
  kind: 'earlyStopping',
  title: 'Early stopping',
  doc: 'Ends training once the watched number has stopped improving, and goes back to the best weights.',
  reference: 'Prechelt 1998; Keras keras/src/callbacks/early_stopping.py',
  places: ['training'],
  params: {
    monitor: watchParams.monitor,
    minDelta: leastImprovement(0),
    patience: integer({
      title: 'Patience',
      doc: 'How many epochs without improvement to wait.',
      default: 5,
      min: 0,
      sensible: [3, 20],
      unit: 'epochs',
    }),
    mode: watchParams.mode,
    baseline: optional({
      title: 'Baseline',
      doc: 'Improvements only reset the waiting when they also beat this.',
      default: null,
      none: 'no baseline',
    }),
    restoreBest: watchParams.restoreBest,
    startFromEpoch: integer({
      title: 'Start from epoch',
      doc: 'Epochs before this one are neither judged nor kept as best.',
      default: 0,
      min: 0,
      unit: 'epochs',
    }),
    smoothing: number({
      title: 'Smoothing',
      doc: 'How much of its past the moving mean keeps that is judged in place of the number; 0 judges the number itself.',
      default: 0,
      min: 0,
      max: 1,
      exclusiveMax: true,
      sensible: [0, 0.9],
    }),
  },
  formula: 'sₜ = β·sₜ₋₁ + (1 − β)·Eₜ, s₀ = E₀\nstop when no sₜ beat the best one for patience epochs',
  conventions: {
    keras:
      'EarlyStopping(monitor, min_delta, patience); unless said otherwise its patience is 0 and restore_best_weights False',
    pytorch: 'Nothing built in; the training loop counts the epochs',
    matlab:
      'ValidationPatience, which counts validations (one every ValidationFrequency iterations), not epochs, with OutputNetwork="best-validation"',
  },
  keras: {
    class: 'EarlyStopping',
    arguments: { restoreBest: 'restore_best_weights' },
    without: ['smoothing'],
    ignored: ['verbose'],
  },
  stop: {
    start: () => nothingSeen,
    monitor: ({ monitor }) => monitor,
    better: betterBy,
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params, state: before, epoch, value: measured, better }) => {
      if (epoch < params.startFromEpoch) return { state: before, improved: false, stop: false }
      const { baseline, minDelta, smoothing } = params
      const value = smoothed(before.mean, measured, smoothing)
      const state = smoothing > 0 && Number.isFinite(value) ? { ...before, mean: value } : before
      // Keras takes a first value of NaN as the best there is and never improves on it; here NaN is never an improvement.
      const improved = !Number.isNaN(value) && (state.best === null || beats(value, state.best, better, minDelta))
      const waited = state.wait + 1
      if (improved) {
        const reset = baseline === null || beats(value, baseline, better, minDelta)
        const wait = reset ? 0 : waited
        return { state: { ...state, best: value, bestEpoch: epoch, wait }, improved, stop: false }
      }
      return { state: { ...state, wait: waited }, improved, stop: waited >= params.patience && epoch > 0 }
    },
  },
})

/** sₜ = β·sₜ₋₁ + (1 − β)·vₜ, beginning with the first number; a number that is not finite stands for itself. */
function smoothed(mean: number | undefined, value: number, smoothing: number): number {
  if (mean === undefined || !Number.isFinite(value)) return value
  return smoothing * mean + (1 - smoothing) * value
}
