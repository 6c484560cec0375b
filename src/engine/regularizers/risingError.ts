import { defineRegularizer } from '../define.ts'
import { integer } from '../params.ts'
import { keepBest, nothingSeen, watchParams } from './watch.ts'

export const risingError = defineRegularizer({
  kind: 'risingError',
  title: 'Stop on rising error',
  doc: 'Ends training once the validation error has risen in several strips of epochs one after the other.',
  reference: 'Prechelt 1998, Early Stopping – But When?, criterion UP',
  formula: 'stop when E(t) > E(t − k) held at the ends of s strips of k epochs in a row',
  conventions: {
    keras: 'Nothing built in: EarlyStopping compares with the best epoch, not with the strip before',
  },
  places: ['training'],
  params: {
    monitor: watchParams.monitor,
    strips: integer({
      title: 'Strips',
      doc: 'In how many strips one after the other the error has to rise.',
      default: 3,
      min: 1,
      sensible: [2, 8],
    }),
    strip: integer({
      title: 'Strip',
      doc: 'How many epochs make a strip, at whose end it judges.',
      default: 5,
      min: 1,
      unit: 'epochs',
    }),
    restoreBest: watchParams.restoreBest,
  },
  stop: {
    start: () => ({ ...nothingSeen, recent: [] }),
    monitor: ({ monitor }) => monitor,
    better: () => null,
    errorsOnly: true,
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params: { strips, strip }, state: before, epoch, value, better }) => {
      const { state, improved } = keepBest(before, value, epoch, better)
      if ((epoch + 1) % strip !== 0) return { state, improved, stop: false }
      const [last] = state.recent ?? []
      const wait = last !== undefined && value > last ? state.wait + 1 : 0
      const recent = Number.isFinite(value) ? [value] : []
      return { state: { ...state, wait, recent }, improved, stop: wait >= strips }
    },
  },
})
