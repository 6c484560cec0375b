import { defineOptimizer } from '../define.ts'
import { adamArguments, momentParams } from './adam.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { correction, runningMean } from './mean.ts'
import { stateOf } from './state.ts'

export const adamax = defineOptimizer({
  kind: 'adamax',
  title: 'Adamax',
  doc: 'Adam with the largest recent gradient in place of the mean square, which single outliers disturb less.',
  reference: 'Kingma & Ba 2015, section 7.1, https://arxiv.org/abs/1412.6980; Keras keras/src/optimizers/adamax.py',
  formula: 'm ← β₁ m + (1 − β₁) g\nu ← max(β₂ u, |g|)\nw ← w − η m / ((1 − β₁ᵗ) (u + ε))',
  conventions: {
    keras: 'Adamax',
    pytorch: 'torch.optim.Adamax, which adds ε to |g| within the maximum and has a learning rate of 0.002 unless set',
  },
  params: { ...learningRateParams(0.001), ...momentParams },
  keras: kerasOptimizer('Adamax', adamArguments),
  slots: () => ({ momentum: 0, norm: 0 }),
  // m ← m + (1 - β₁)(g - m);  u ← max(β₂ u, |g|);  w ← w - η m / ((1 - β₁ᵗ)(u + ε))
  update: ({ g, params: { beta1, beta2, epsilon }, weight, gradient, slots, learningRate, step }) => {
    const momentum = runningMean(g, stateOf(slots, 'momentum'), gradient, beta1)
    const norm = g.Max(g.Mul(stateOf(slots, 'norm'), g.scalar(beta2)), g.Abs(gradient))
    const size = g.Add(norm, g.scalar(epsilon))
    return {
      weight: g.Sub(weight, g.Div(g.Mul(momentum, g.Div(learningRate, correction(g, beta1, step))), size)),
      slots: { momentum, norm },
      // η / (u + ε)
      stepSize: () => g.Div(learningRate, size),
    }
  },
})
