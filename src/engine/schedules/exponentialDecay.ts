import { defineSchedule } from '../define.ts'
import { number } from '../params.ts'
import { decaySteps, elapsed, staircase } from './elapsed.ts'

export const exponentialDecay = defineSchedule({
  kind: 'exponentialDecay',
  title: 'Exponential decay',
  doc: 'The learning rate is multiplied by the same factor again and again.',
  reference: 'Keras ExponentialDecay, keras/src/optimizers/schedules/learning_rate_schedule.py',
  formula: 'ηₜ = η · decayRate^(t / decaySteps), the exponent rounded down on a staircase',
  conventions: {
    keras: 'ExponentialDecay(initial_learning_rate=η, decay_steps, decay_rate, staircase)',
    pytorch:
      'lr_scheduler.ExponentialLR(gamma=decayRate ** (1 / decaySteps)), stepped after every batch; on a staircase StepLR(decaySteps, decayRate)',
    matlab:
      'On a staircase LearnRateSchedule="piecewise" with LearnRateDropFactor=decayRate; LearnRateDropPeriod counts epochs, not steps',
  },
  params: {
    decaySteps: decaySteps('How many steps it takes until the factor is reached.'),
    decayRate: number({ title: 'Factor', doc: 'What the learning rate is multiplied by.', default: 0.96, min: 0 }),
    staircase,
  },
  keras: { class: 'ExponentialDecay', ignored: ['name'] },
  // η rᵗᐟᵀ, with t / T rounded down on a staircase
  build: ({ g, params, scalar, learningRate, iteration }) =>
    g.Mul(learningRate, g.Pow(scalar('decayRate'), elapsed(g, iteration, params))),
})
