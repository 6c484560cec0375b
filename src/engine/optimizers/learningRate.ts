import type { KerasForm } from '../define.ts'
import { integer, number, setting } from '../params.ts'

/** What every optimizer has: a learning rate, changeable while training, how it goes on from there, and how often it acts. */
export const learningRateParams = (
  preset: number,
  sensible: readonly [number, number] = [preset / 10, preset * 10],
) => ({
  learningRate: number({
    title: 'Learning rate',
    doc: 'How far each step goes.',
    default: preset,
    min: 0,
    sensible,
    scale: 'log',
    live: true,
  }),
  schedule: setting('schedule', 'constant', 'Schedule', 'How the learning rate changes over the steps.'),
  accumulatedSteps: integer({
    title: 'Accumulated steps',
    doc: 'How many steps’ gradients are averaged for one update, as if the batch were that many times larger.',
    default: 1,
    min: 1,
    unit: 'steps',
  }),
})

/**
 * How Keras writes an optimizer: its class, the arguments with names of their own, what it has no argument for, and what all
 * optimizers share.
 */
export const kerasOptimizer = (
  name: string,
  names: Readonly<Record<string, string>> = {},
  without: readonly string[] = [],
): KerasForm => ({
  class: name,
  arguments: { accumulatedSteps: 'gradient_accumulation_steps', ...names },
  without,
  only: { loss_scale_factor: null },
  ignored: ['name'],
})
