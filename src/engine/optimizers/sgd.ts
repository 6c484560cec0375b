import { defineOptimizer, type Slots } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { flag, number } from '../params.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'

export const sgd = defineOptimizer({
  kind: 'sgd',
  title: 'SGD',
  doc: 'Steps against the gradient, with momentum if asked for.',
  reference: 'Keras keras/src/optimizers/sgd.py; Nesterov: Sutskever et al. 2013',
  formula: 'm ← μ m − η g\nw ← w + m, or with Nesterov w ← w + μ m − η g',
  conventions: {
    keras: 'SGD(learning_rate, momentum, nesterov)',
    pytorch:
      'torch.optim.SGD(lr, momentum, nesterov): it keeps b ← μ b + g and steps by η b, the same while the learning rate is constant',
    matlab: 'trainingOptions("sgdm", Momentum=μ), whose preset is 0.9; L2Regularization is 0.0001 unless set to 0',
  },
  params: {
    ...learningRateParams(0.01, [0.003, 0.3]),
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
    // η (1 + μ + μ² + ...)
    const stepSize = (): Value => g.Div(learningRate, g.Sub(g.scalar(1), scalar('momentum')))
    const momentum = g.Sub(g.Mul(before, scalar('momentum')), step)
    const move = params.nesterov ? g.Sub(g.Mul(momentum, scalar('momentum')), step) : momentum
    return { weight: g.Add(weight, move), slots: { momentum }, stepSize }
  },
})
