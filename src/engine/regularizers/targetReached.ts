import { defineRegularizer } from '../define.ts'
import { number } from '../params.ts'
import { betterBy, keepBest, nothingSeen, watchParams } from './watch.ts'

export const targetReached = defineRegularizer({
  kind: 'targetReached',
  title: 'Stop at target',
  doc: 'Ends training as soon as the watched number is as good as it has to be.',
  reference: 'The stopping rule of every benchmark that measures the time to a given quality',
  formula: 'stop when v(t) ≤ target, or v(t) ≥ target where more is better',
  conventions: {
    keras: 'Nothing built in; a callback sets model.stop_training',
    matlab: 'net.trainParam.goal of train, for the training error; nothing in trainingOptions',
  },
  places: ['training'],
  params: {
    monitor: watchParams.monitor,
    target: number({ title: 'Target', doc: 'What the watched number has to reach.', default: 0.1 }),
    mode: watchParams.mode,
    restoreBest: watchParams.restoreBest,
  },
  stop: {
    start: () => nothingSeen,
    monitor: ({ monitor }) => monitor,
    better: betterBy,
    restoreBest: ({ restoreBest }) => restoreBest,
    decide: ({ params: { target }, state: before, epoch, value, better }) => ({
      ...keepBest(before, value, epoch, better),
      stop: better === 'lower' ? value <= target : value >= target,
    }),
  },
})
