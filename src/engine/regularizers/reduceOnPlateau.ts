import { defineRegularizer } from '../define.ts'
import { integer, number } from '../params.ts'
import { beats, betterBy, leastImprovement, nothingSeen, watchParams } from './watch.ts'

export const reduceOnPlateau = defineRegularizer({
  kind: 'reduceOnPlateau',
  title: 'Reduce on plateau',
  doc: 'Lowers the learning rate each time the watched number has stopped improving.',
  reference: 'Keras keras/src/callbacks/reduce_lr_on_plateau.py',
  formula: 'after `patience` epochs in a row without an improvement of more than minDelta: η ← max(η · factor, minLr)',
  conventions: {
    keras: 'ReduceLROnPlateau with the same presets',
    pytorch:
      'ReduceLROnPlateau(patience=patience - 1, threshold=minDelta, threshold_mode="abs"): it acts once there are more than `patience` bad epochs, and its preset threshold is relative',
    matlab: 'Nothing of the kind in trainingOptions; "piecewise" drops the rate at given epochs',
  },
  places: ['training'],
  params: {
    monitor: watchParams.monitor,
    factor: number({
      title: 'Factor',
      doc: 'What the learning rate is multiplied by.',
      default: 0.1,
      min: 0,
      max: 1,
      sensible: [0.1, 0.5],
      exclusiveMax: true,
    }),
    patience: integer({
      title: 'Patience',
      doc: 'How many epochs without improvement to wait.',
      default: 10,
      min: 0,
      sensible: [3, 20],
      unit: 'epochs',
    }),
    mode: watchParams.mode,
    minDelta: leastImprovement(1e-4),
    cooldown: integer({
      title: 'Cooldown',
      doc: 'How many epochs to rest after it has acted.',
      default: 0,
      min: 0,
      unit: 'epochs',
    }),
    minLr: number({
      title: 'Least rate',
      doc: 'Where the learning rate stops falling.',
      default: 0,
      min: 0,
      scale: 'log',
    }),
  },
  keras: { class: 'ReduceLROnPlateau', ignored: ['verbose'] },
  stop: {
    start: () => ({ ...nothingSeen, cooldown: 0 }),
    monitor: ({ monitor }) => monitor,
    better: betterBy,
    restoreBest: () => false,
    decide: ({ params, state, epoch, value, better, learningRate }) => {
      const { factor, patience, minDelta, minLr } = params
      const resting = state.cooldown ?? 0
      const cooldown = Math.max(resting - 1, 0)
      const waited = resting > 0 ? 0 : state.wait
      const improved = !Number.isNaN(value) && (state.best === null || beats(value, state.best, better, minDelta))
      if (improved) return { state: { best: value, bestEpoch: epoch, wait: 0, cooldown }, improved, stop: false }
      const wait = cooldown > 0 ? waited : waited + 1
      // Keras reads the rate back as the float32 that the graph is fed.
      const rate = Math.fround(learningRate)
      if (cooldown > 0 || wait < patience || rate <= Math.fround(minLr))
        return { state: { ...state, wait, cooldown }, improved, stop: false }
      return {
        state: { ...state, wait: 0, cooldown: params.cooldown },
        improved,
        stop: false,
        learningRate: Math.max(rate * factor, minLr),
      }
    },
  },
})
