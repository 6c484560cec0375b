import { defineOptimizer } from '../define.ts'
import { adamArguments, momentParams } from './adam.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { correction, runningMean } from './mean.ts'
import { stateOf } from './state.ts'

export const nadam = defineOptimizer({
  kind: 'nadam',
  title: 'Nadam',
  doc: 'Adam that looks ahead along its momentum, as Nesterov does.',
  reference: 'Dozat 2016, https://cs229.stanford.edu/proj2015/054_report.pdf; Keras keras/src/optimizers/nadam.py',
  formula:
    'μₜ = β₁ (1 − ½ · 0.96ᵗ),  Πₜ = μ₁ μ₂ … μₜ\nm ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²\nw ← w − η (μₜ₊₁ m / (1 − Πₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)) / (√(v / (1 − β₂ᵗ)) + ε)',
  conventions: {
    keras: 'Nadam',
    pytorch:
      'torch.optim.NAdam(momentum_decay=1, eps=1e-7): its preset of 0.004 lets the momentum grow much more slowly, μₜ = β₁ (1 − ½ · 0.96^(0.004 t))',
  },
  params: { ...learningRateParams(0.001), ...momentParams },
  keras: kerasOptimizer('Nadam', adamArguments),
  slots: () => ({ momentum: 0, velocity: 0, momentumProduct: { shape: [], fill: 1 } }),
  // with β₁ and β₂ as float32 holds them, also in 1 - β:
  // μₜ = β₁ (1 - ½ 0.96ᵗ);  Π ← Π μₜ;  m ← m + (1 - β₁)(g - m);  v ← v + (1 - β₂)(g² - v);
  // m̂ = μₜ₊₁ m / (1 - Π μₜ₊₁) + (1 - μₜ) g / (1 - Π);  w ← w - η m̂ / (√(v / (1 - β₂ᵗ)) + ε)
  update: ({ g, params, weight, gradient, slots, learningRate, step }) => {
    const [beta1, beta2] = [Math.fround(params.beta1), Math.fround(params.beta2)]
    const one = g.scalar(1)
    const momentumAt = (time: typeof step) => {
      const warmup = g.Sub(one, g.Mul(g.scalar(0.5), g.Pow(g.scalar(0.96), time)))
      return g.Mul(g.scalar(beta1), warmup)
    }
    const current = momentumAt(step)
    const next = momentumAt(g.Add(step, one))
    const momentumProduct = g.Mul(stateOf(slots, 'momentumProduct'), current)
    const momentum = runningMean(g, stateOf(slots, 'momentum'), gradient, beta1)
    const velocity = runningMean(g, stateOf(slots, 'velocity'), g.Mul(gradient, gradient), beta2)
    const ahead = g.Div(next, g.Sub(one, g.Mul(momentumProduct, next)))
    const fresh = g.Div(g.Sub(one, current), g.Sub(one, momentumProduct))
    const mean = g.Add(g.Mul(momentum, ahead), g.Mul(gradient, fresh))
    const root = g.Add(g.Sqrt(g.Div(velocity, correction(g, beta2, step))), g.scalar(params.epsilon))
    return {
      weight: g.Sub(weight, g.Div(g.Mul(mean, learningRate), root)),
      slots: { momentum, velocity, momentumProduct },
      // η / (√(v / (1 - β₂ᵗ)) + ε)
      stepSize: () => g.Div(learningRate, root),
    }
  },
})
