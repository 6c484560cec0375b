import { defineSchedule } from '../define.ts'
import { number } from '../params.ts'
import { decaySteps, elapsed, staircase } from './elapsed.ts'

export const inverseTimeDecay = defineSchedule({
  kind: 'inverseTimeDecay',
  title: 'Inverse time decay',
  doc: 'The learning rate is divided by a number that grows evenly with the steps.',
  reference: 'Keras InverseTimeDecay, keras/src/optimizers/schedules/learning_rate_schedule.py',
  formula: 'ηₜ = η / (1 + decayRate · t / decaySteps), the fraction rounded down on a staircase',
  conventions: {
    keras: 'InverseTimeDecay(initial_learning_rate=η, decay_steps, decay_rate, staircase)',
    pytorch: 'lr_scheduler.LambdaLR(lambda t: 1 / (1 + decayRate * t / decaySteps))',
  },
  params: {
    decaySteps: decaySteps('How many steps it takes until the rate below is added once.'),
    decayRate: number({ title: 'Rate', doc: 'What the divisor grows by.', default: 0.5, min: 0 }),
    staircase,
  },
  keras: { class: 'InverseTimeDecay', ignored: ['name'] },
  // η / (1 + r t / T), with t / T rounded down on a staircase
  build: ({ g, params, scalar, learningRate, iteration }) =>
    g.Div(learningRate, g.Add(g.scalar(1), g.Mul(scalar('decayRate'), elapsed(g, iteration, params)))),
})
