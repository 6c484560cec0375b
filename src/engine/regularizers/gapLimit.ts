import { defineRegularizer } from '../define.ts'
import { integer, number } from '../params.ts'
import { betterBy, keepBest, nothingSeen, onlyValidation, validationMonitor, watchParams } from './watch.ts'

export const gapLimit = defineRegularizer({
  kind: 'gapLimit',
  title: 'Stop on gap',
  doc: 'Ends training once validation has stayed worse than training by too large a part for some epochs.',
  reference: 'Goodfellow, Bengio and Courville 2016, Deep Learning, chapter 5.2: the gap that marks overfitting',
  formula: '(v_validation − v_training)/|v_training| > r for patience epochs in a row, both in inference mode',
  conventions: {
    keras: 'Nothing built in; training metrics there are measured with dropout on, so that the gap seems smaller',
  },
  places: ['training'],
  params: {
    monitor: validationMonitor,
    ratio: number({
      title: 'Gap',
      doc: 'How much worse validation may be, as a part of the number on training rows.',
      default: 0.5,
      min: 0,
      scale: 'log',
      sensible: [0.05, 2],
    }),
    patience: integer({
      title: 'Patience',
      doc: 'How many epochs in a row the gap has to be too large.',
      default: 5,
      min: 1,
      unit: 'epochs',
    }),
    mode: watchParams.mode,
    restoreBest: watchParams.restoreBest,
  },
  conflict: onlyValidation,
  stop: {
    start: () => nothingSeen,
    monitor: ({ monitor }) => monitor,
    better: betterBy,
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params: { ratio, patience }, state: before, epoch, watched, value, better, values }) => {
      const { state, improved } = keepBest(before, value, epoch, better)
      const train = values[`trainInference/${watched}`] ?? Number.NaN
      const gap = better === 'lower' ? value - train : train - value
      const wait = gap > ratio * Math.abs(train) ? state.wait + 1 : 0
      return { state: { ...state, wait }, improved, stop: wait >= patience }
    },
  },
})
