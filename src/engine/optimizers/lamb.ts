import { defineOptimizer } from '../define.ts'
import { adamArguments, momentParams } from './adam.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { correction, runningMean } from './mean.ts'
import { stateOf } from './state.ts'

export const lamb = defineOptimizer({
  kind: 'lamb',
  title: 'LAMB',
  doc: 'Adam whose step for each weight tensor is as long as the tensor itself, for very large batches.',
  reference: 'You et al. 2020, https://arxiv.org/abs/1904.00962; Keras keras/src/optimizers/lamb.py',
  formula:
    'm ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²\nu = m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)\nw ← w − (‖w‖ / ‖u‖) η u, the fraction 1 where either norm is 0',
  conventions: {
    keras: 'Lamb',
  },
  params: { ...learningRateParams(0.001), ...momentParams },
  keras: kerasOptimizer('Lamb', adamArguments),
  slots: () => ({ momentum: 0, velocity: 0 }),
  // m ← m + (1 - β₁)(g - m);  v ← v + (1 - β₂)(g² - v);  u = m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + ε);
  // r = ‖w‖ / ‖u‖, or 1 where either is 0;  w ← w - r η u
  update: ({ g, params: { beta1, beta2, epsilon }, weight, gradient, slots, learningRate, step }) => {
    const [zero, one] = [g.scalar(0), g.scalar(1)]
    const momentum = runningMean(g, stateOf(slots, 'momentum'), gradient, beta1)
    const velocity = runningMean(g, stateOf(slots, 'velocity'), g.Mul(gradient, gradient), beta2)
    const root = g.Add(g.Sqrt(g.Div(velocity, correction(g, beta2, step))), g.scalar(epsilon))
    const move = g.Div(g.Div(momentum, correction(g, beta1, step)), root)
    const norm = (value: typeof weight) => g.Sqrt(g.ReduceSumSquare(value, null))
    const [length, moveLength] = [norm(weight), norm(move)]
    const both = g.And(g.Greater(length, zero), g.Greater(moveLength, zero))
    const rate = g.Mul(g.Where(both, g.Div(length, moveLength), one), learningRate)
    return {
      weight: g.Sub(weight, g.Mul(move, rate)),
      slots: { momentum, velocity },
      // r η / (√(v / (1 - β₂ᵗ)) + ε)
      stepSize: () => g.Div(rate, root),
    }
  },
})
