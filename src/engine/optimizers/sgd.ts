import { defineOptimizer, type Slots } from '../define.ts'
import { flag, number } from '../params.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'

export const sgd = defineOptimizer({
  kind: 'sgd',
  title: 'SGD',
  doc: 'Steps against the gradient, with momentum if asked for.',
  reference: 'Keras keras/src/optimizers/sgd.py; Nesterov: Sutskever et al. 2013',
  params: {
    ...learningRateParams(0.01),
    momentum: number({
      title: 'Momentum',
      doc: 'Share of the last step that is kept.',
      default: 0,
      min: 0,
      max: 1,
      exclusiveMax: true,
    }),
    nesterov: flag({ title: 'Nesterov', doc: 'Look ahead along the momentum.', default: false }),
  },
  keras: kerasOptimizer('SGD'),
  slots: ({ momentum }): Slots => (momentum > 0 ? { momentum: 0 } : {}),
  // m ← μ m - η g;  w ← w + m, or with Nesterov w ← w + μ m - η g
  update: ({ g, params, scalar, weight, gradient, slots, learningRate }) => {
    const step = g.Mul(gradient, learningRate)
    const before = slots.momentum
    if (!before) return { weight: g.Sub(weight, step), slots: {}, stepSize: () => learningRate }
    const momentum = g.Sub(g.Mul(before, scalar('momentum')), step)
    const move = params.nesterov ? g.Sub(g.Mul(momentum, scalar('momentum')), step) : momentum
    return { weight: g.Add(weight, move), slots: { momentum }, stepSize: () => learningRate }
  },
})
