import { defineOptimizer } from '../define.ts'
import { number } from '../params.ts'
import { adamArguments } from './adam.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { persistence } from './mean.ts'
import { stateOf } from './state.ts'

export const lion = defineOptimizer({
  kind: 'lion',
  title: 'Lion',
  doc: 'Moves every weight by exactly the learning rate, in the direction of its momentum; take a rate 3 to 10 times smaller than Adam’s.',
  reference: 'Chen et al. 2023, https://arxiv.org/abs/2302.06675; Keras keras/src/optimizers/lion.py',
  formula: 'w ← w − η · sign(β₁ m + (1 − β₁) g)\nm ← β₂ m + (1 − β₂) g',
  conventions: {
    keras: 'Lion',
  },
  params: {
    ...learningRateParams(0.001, [3e-5, 1e-3]),
    beta1: number({
      title: 'Beta 1',
      doc: 'Share of the momentum in the direction of a step.',
      default: 0.9,
      min: 0,
      exclusiveMin: true,
      max: 1,
    }),
    beta2: persistence('Beta 2', 'How slowly the momentum changes.', 0.99),
  },
  keras: kerasOptimizer('Lion', adamArguments),
  slots: () => ({ momentum: 0 }),
  // with β₁ and β₂ as float32 holds them, also in 1 - β: w ← w - η sign(β₁ m + (1 - β₁) g);  m ← β₂ m + (1 - β₂) g
  update: ({ g, params, weight, gradient, slots, learningRate }) => {
    const before = stateOf(slots, 'momentum')
    const [beta1, beta2] = [Math.fround(params.beta1), Math.fround(params.beta2)]
    const mixed = (beta: number) => g.Add(g.Mul(before, g.scalar(beta)), g.Mul(gradient, g.scalar(1 - beta)))
    return {
      weight: g.Sub(weight, g.Mul(g.Sign(mixed(beta1)), learningRate)),
      slots: { momentum: mixed(beta2) },
      stepSize: () => null,
    }
  },
})
