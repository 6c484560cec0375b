import { defineRegularizer } from '../define.ts'
import { flag, integer, optional } from '../params.ts'
import { beats, betterBy, leastImprovement, watchParams } from './watch.ts'

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
      unit: 'epochs',
    }),
    mode: watchParams.mode,
    baseline: optional({
      title: 'Baseline',
      doc: 'Improvements only reset the waiting when they also beat this.',
      default: null,
      none: 'no baseline',
    }),
    restoreBest: flag({
      title: 'Restore best weights',
      doc: 'Keep the weights of the best epoch, not of the last.',
      default: true,
    }),
    startFromEpoch: integer({
      title: 'Start from epoch',
      doc: 'Epochs before this one are neither judged nor kept as best.',
      default: 0,
      min: 0,
      unit: 'epochs',
    }),
  },
  keras: { class: 'EarlyStopping', arguments: { restoreBest: 'restore_best_weights' }, ignored: ['verbose'] },
  stop: {
    start: () => ({ best: null, bestEpoch: -1, wait: 0 }),
    monitor: ({ monitor }) => monitor,
    better: betterBy,
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params, state, epoch, value, better }) => {
      if (epoch < params.startFromEpoch) return { state, improved: false, stop: false }
      const { baseline, minDelta } = params
      // Keras takes a first value of NaN as the best there is and never improves on it; here NaN is never an improvement.
      const improved = !Number.isNaN(value) && (state.best === null || beats(value, state.best, better, minDelta))
      const waited = state.wait + 1
      if (improved) {
        const reset = baseline === null || beats(value, baseline, better, minDelta)
        return { state: { best: value, bestEpoch: epoch, wait: reset ? 0 : waited }, improved, stop: false }
      }
      return { state: { ...state, wait: waited }, improved, stop: waited >= params.patience && epoch > 0 }
    },
  },
})
