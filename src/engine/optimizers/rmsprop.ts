import { defineOptimizer, type Slots } from '../define.ts'
import { flag, number } from '../params.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { epsilon, persistence, runningMean } from './mean.ts'
import { stateOf } from './state.ts'

export const rmsprop = defineOptimizer({
  kind: 'rmsprop',
  title: 'RMSprop',
  doc: 'Divides each gradient by the root of a running mean of its square.',
  reference:
    'Hinton 2012, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; Keras keras/src/optimizers/rmsprop.py',
  formula:
    'v ← ρ v + (1 − ρ) g²;  centered: a ← ρ a + (1 − ρ) g, d = v − a² + ε, else d = v + ε\nw ← w − η g / √d, or with momentum u ← μ u + η g / √d and w ← w − u',
  conventions: {
    keras: 'RMSprop',
    pytorch:
      'torch.optim.RMSprop(alpha=ρ), whose preset is 0.99, and which adds its ε of 10⁻⁸ to the root, not under it',
    matlab:
      'trainingOptions("rmsprop", SquaredGradientDecayFactor=ρ), which adds its ε of 10⁻⁸ to the root; L2Regularization is 0.0001 unless set to 0',
  },
  params: {
    ...learningRateParams(0.001),
    rho: persistence('Rho', 'How slowly the mean of the squares changes.', 0.9),
    momentum: number({
      title: 'Momentum',
      doc: 'Share of the last step that is kept.',
      default: 0,
      min: 0,
      max: 1,
      exclusiveMax: true,
    }),
    epsilon: epsilon('Added under the root so that nothing is divided by zero.'),
    centered: flag({
      title: 'Centered',
      doc: 'Divide by the deviation of the gradient, not by its mean square.',
      default: false,
    }),
  },
  keras: kerasOptimizer('RMSprop'),
  slots: ({ momentum, centered }): Slots => ({
    velocity: 0,
    ...(momentum > 0 ? { momentum: 0 } : {}),
    ...(centered ? { averageGradient: 0 } : {}),
  }),
  // v ← ρ v + (1 - ρ) g²;  centered: a ← ρ a + (1 - ρ) g, d = v - a² + ε, else d = v + ε;
  // w ← w - η g / √d, or with momentum u ← μ u + η g / √d, w ← w - u
  update: ({ g, params, weight, gradient, slots, learningRate }) => {
    const mean = (name: string, next: typeof gradient) => runningMean(g, stateOf(slots, name), next, params.rho)
    const velocity = mean('velocity', g.Mul(gradient, gradient))
    const average = params.centered ? mean('averageGradient', gradient) : null
    const variance = average ? g.Sub(velocity, g.Mul(average, average)) : velocity
    const root = g.Sqrt(g.Add(variance, g.scalar(params.epsilon)))
    const increment = g.Div(g.Mul(gradient, learningRate), root)
    const momentum =
      params.momentum > 0 ? g.Add(g.Mul(stateOf(slots, 'momentum'), g.scalar(params.momentum)), increment) : null
    return {
      weight: g.Sub(weight, momentum ?? increment),
      slots: { velocity, ...(momentum ? { momentum } : {}), ...(average ? { averageGradient: average } : {}) },
      // η / √d · (1 + μ + μ² + ...)
      stepSize: () => g.Div(learningRate, g.Mul(root, g.scalar(1 - params.momentum))),
    }
  },
})
