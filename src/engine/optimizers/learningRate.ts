import { number, setting } from '../params.ts'

/** What every optimizer has: a learning rate, changeable while training, and how it goes on from there. */
export const learningRateParams = (preset: number) => ({
  learningRate: number({
    title: 'Learning rate',
    doc: 'How far each step goes.',
    default: preset,
    min: 0,
    scale: 'log',
    live: true,
  }),
  schedule: setting('schedule', 'constant', 'Schedule', 'How the learning rate changes over the steps.'),
})
