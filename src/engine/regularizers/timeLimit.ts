import { defineRegularizer } from '../define.ts'
import { number } from '../params.ts'
import { nothingSeen } from './watch.ts'

export const timeLimit = defineRegularizer({
  kind: 'timeLimit',
  title: 'Time limit',
  doc: 'Ends training after so much time, within an epoch if need be; pauses do not count.',
  reference: 'Time trained, validation included, as the run reports it',
  formula: 'stop when seconds trained ≥ limit',
  conventions: {
    keras: 'Nothing built in; a callback sets model.stop_training',
    matlab: 'net.trainParam.time of train, in seconds; nothing in trainingOptions',
  },
  places: ['training'],
  params: {
    seconds: number({
      title: 'Limit',
      doc: 'How long to train.',
      default: 600,
      min: 0,
      exclusiveMin: true,
      unit: 's',
      scale: 'log',
    }),
  },
  stop: {
    start: () => nothingSeen,
    monitor: () => null,
    better: () => null,
    restoreBest: () => false,
    expires: ({ seconds }) => seconds,
    decide: ({ state }) => ({ state, improved: false, stop: false }),
  },
})
