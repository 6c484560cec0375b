import { defineRegularizer } from '../define.ts'
import { number } from '../params.ts'
import { exceedsBest, keepBest, nothingSeen, watchParams } from './watch.ts'

export const generalizationLoss = defineRegularizer({
  kind: 'generalizationLoss',
  title: 'Stop on generalization loss',
  doc: 'Ends training once the validation error lies too many percent above the least one so far.',
  reference: 'Prechelt 1998, Early Stopping – But When?, criterion GL',
  formula: 'GL(t) = 100·(E(t)/E_opt(t) − 1), E_opt(t) = min E(s) over s ≤ t\nstop when GL(t) > α',
  conventions: {
    keras: 'Nothing built in: EarlyStopping counts epochs without improvement, however far the error has risen',
  },
  places: ['training'],
  params: {
    monitor: watchParams.monitor,
    alpha: number({
      title: 'Limit',
      doc: 'How far above the least error the error may rise.',
      default: 5,
      min: 0,
      exclusiveMin: true,
      unit: '%',
      scale: 'log',
      sensible: [1, 20],
    }),
    restoreBest: watchParams.restoreBest,
  },
  stop: {
    start: () => nothingSeen,
    monitor: ({ monitor }) => monitor,
    better: () => null,
    errorsOnly: true,
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params: { alpha }, state: before, epoch, value, better }) => {
      const { state, improved } = keepBest(before, value, epoch, better)
      return { state, improved, stop: exceedsBest(value, state, alpha) }
    },
  },
})
