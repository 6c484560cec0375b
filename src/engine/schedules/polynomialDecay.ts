import { defineSchedule } from '../define.ts'
import { flag, number } from '../params.ts'
import { decaySteps } from './elapsed.ts'

export const polynomialDecay = defineSchedule({
  kind: 'polynomialDecay',
  title: 'Polynomial decay',
  doc: 'The learning rate falls to its end along a power of the steps left; power 1 is a straight line.',
  reference: 'Keras PolynomialDecay, keras/src/optimizers/schedules/learning_rate_schedule.py',
  formula:
    'ηₜ = (η − e) (1 − min(t, T) / T)^power + e,  T = decaySteps, e = endLearningRate\nin cycles: T ← T · max(⌈t / T⌉, 1)',
  conventions: {
    keras: 'PolynomialDecay(initial_learning_rate=η, decay_steps, end_learning_rate, power, cycle)',
    pytorch: 'lr_scheduler.PolynomialLR(total_iters=decaySteps, power), which ends at 0',
  },
  params: {
    decaySteps: decaySteps('How many steps the fall takes.'),
    endLearningRate: number({
      title: 'End',
      doc: 'The learning rate it ends at.',
      default: 0.0001,
      min: 0,
      scale: 'log',
    }),
    power: number({ title: 'Power', doc: 'How the curve bends.', default: 1, min: 0 }),
    cycle: flag({
      title: 'Cycle',
      doc: 'Begin to fall again each time, over one more multiple of the steps.',
      default: false,
    }),
  },
  keras: { class: 'PolynomialDecay', ignored: ['name'] },
  // (η - e)(1 - min(t, T) / T)ᵖ + e; in cycles (η - e)(1 - t / (T ⌈t / T⌉))ᵖ + e, with ⌈0⌉ as 1
  build: ({ g, params, scalar, learningRate, iteration }) => {
    const one = g.scalar(1)
    const steps = g.scalar(params.decaySteps)
    const times = g.Neg(g.Floor(g.Neg(g.Div(iteration, steps))))
    const gone = params.cycle
      ? g.Div(iteration, g.Mul(steps, g.Max(times, one)))
      : g.Div(g.Min(iteration, steps), steps)
    const end = scalar('endLearningRate')
    return g.Add(g.Mul(g.Sub(learningRate, end), g.Pow(g.Sub(one, gone), scalar('power'))), end)
  },
})
