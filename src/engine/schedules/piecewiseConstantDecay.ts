import { defineSchedule } from '../define.ts'
import { numbers } from '../params.ts'

export const piecewiseConstantDecay = defineSchedule({
  kind: 'piecewiseConstantDecay',
  title: 'Piecewise constant',
  doc: 'The learning rate keeps to one multiple until a boundary, then to the next.',
  reference: 'Keras PiecewiseConstantDecay, keras/src/optimizers/schedules/learning_rate_schedule.py',
  formula: 'ηₜ = η · f₀ while t ≤ b₀, η · fᵢ while bᵢ₋₁ < t ≤ bᵢ, then η times the last factor',
  conventions: {
    keras: 'PiecewiseConstantDecay(boundaries, values), whose values are whole learning rates, not multiples',
    pytorch:
      'lr_scheduler.MultiStepLR(milestones, gamma) where each factor is gamma times the one before; a milestone is the step after a boundary',
  },
  params: {
    boundaries: numbers({
      title: 'Boundaries',
      doc: 'The last steps, counted from 0 and rising, of all stretches but the final one.',
      default: [1000, 2000],
      min: 0,
    }),
    factors: numbers({
      title: 'Factors',
      doc: 'What the learning rate is multiplied by in each stretch, one more than there are boundaries.',
      default: [1, 0.1, 0.01],
      min: 0,
    }),
  },
  conflict: ({ boundaries, factors }) => {
    if (boundaries.some((boundary, index) => boundary <= (boundaries[index - 1] ?? -1)))
      return {
        param: 'boundaries',
        message: 'boundaries rise from one to the next; put them in order',
        mend: [...new Set(boundaries)].toSorted((a, b) => a - b),
      }
    return factors.length === boundaries.length + 1
      ? null
      : {
          param: 'factors',
          message: `${boundaries.length} boundaries part ${boundaries.length + 1} stretches; give as many factors`,
        }
  },
  // η f₀ for t <= b₀, η fᵢ for bᵢ₋₁ < t <= bᵢ, and the last one from there on
  build: ({ g, params: { boundaries, factors }, learningRate, iteration }) => {
    const first = g.scalar(factors[0] ?? 1)
    const factor = boundaries.reduce(
      (before, boundary, index) =>
        g.Where(g.Greater(iteration, g.scalar(boundary)), g.scalar(factors[index + 1] ?? 1), before),
      first,
    )
    return g.Mul(learningRate, factor)
  },
})
