import { defineRegularizer } from '../define.ts'
import { choice, flag, integer, number, optional } from '../params.ts'

export const earlyStopping = defineRegularizer({
  kind: 'earlyStopping',
  title: 'Early stopping',
  doc: 'Ends training once the watched number has stopped improving, and goes back to the best weights.',
  reference: 'Prechelt 1998; Keras keras/src/callbacks/early_stopping.py',
  places: ['training'],
  params: {
    monitor: choice({
      title: 'Watched number',
      doc: 'What has to improve; without validation rows, use a training number.',
      default: 'validation/loss',
      options: [
        'validation/loss',
        'validation/data',
        'validation/accuracy',
        'validation/meanAbsoluteError',
        'validation/meanSquaredError',
        'train/loss',
        'train/data',
        'train/accuracy',
        'train/meanAbsoluteError',
        'train/meanSquaredError',
      ],
    }),
    minDelta: number({ title: 'Least improvement', doc: 'Smaller gains do not count.', default: 0, min: 0 }),
    patience: integer({
      title: 'Patience',
      doc: 'How many epochs without improvement to wait.',
      default: 5,
      min: 0,
      unit: 'epochs',
    }),
    mode: choice({
      title: 'Mode',
      doc: 'Whether lower or higher is better; auto follows the watched number.',
      default: 'auto',
      options: ['auto', 'min', 'max'],
    }),
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
  stop: {
    start: () => ({ best: null, bestEpoch: -1, wait: 0 }),
    monitor: ({ monitor }) => monitor,
    better: ({ mode }) => (mode === 'auto' ? null : mode === 'max' ? 'higher' : 'lower'),
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params, state, epoch, value, better }) => {
      if (epoch < params.startFromEpoch) return { state, improved: false, stop: false }
      const beats = (reference: number): boolean =>
        better === 'lower' ? value + params.minDelta < reference : value - params.minDelta > reference
      // Keras takes a first value of NaN as the best there is and never improves on it; here NaN is never an improvement.
      const improved = !Number.isNaN(value) && (state.best === null || beats(state.best))
      const waited = state.wait + 1
      if (improved) {
        const reset = params.baseline === null || beats(params.baseline)
        return { state: { best: value, bestEpoch: epoch, wait: reset ? 0 : waited }, improved, stop: false }
      }
      return { state: { ...state, wait: waited }, improved, stop: waited >= params.patience && epoch > 0 }
    },
  },
})
