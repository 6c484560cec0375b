import { defineOptimizer } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { epsilon, persistence, runningMean } from './mean.ts'
import { stateOf } from './state.ts'

export const adadelta = defineOptimizer({
  kind: 'adadelta',
  title: 'Adadelta',
  doc: 'Scales each gradient by how large recent steps were against recent gradients.',
  reference: 'Zeiler 2012, https://arxiv.org/abs/1212.5701; Keras keras/src/optimizers/adadelta.py',
  formula: 'a ← ρ a + (1 − ρ) g²\nΔ = −g √(d + ε) / √(a + ε)\nd ← ρ d + (1 − ρ) Δ²\nw ← w + η Δ',
  conventions: {
    keras: 'Adadelta; its learning rate of 0.001 is a thousandth of the paper’s, which is 1',
    pytorch: 'torch.optim.Adadelta with lr=1, rho=0.9 and eps=1e-6 unless set; the formula is the same',
  },
  params: {
    ...learningRateParams(0.001, [0.03, 3]),
    rho: persistence('Rho', 'How slowly both means change.', 0.95),
    epsilon: epsilon('Added under both roots; it is what the first steps are made from.'),
  },
  keras: kerasOptimizer('Adadelta'),
  slots: () => ({ accumulatedGrad: 0, accumulatedDelta: 0 }),
  // a ← ρ a + (1 - ρ) g²;  Δ = -g √(d + ε) / √(a + ε);  d ← ρ d + (1 - ρ) Δ²;  w ← w + η Δ
  update: ({ g, params, weight, gradient, slots, learningRate }) => {
    const root = (square: Value): Value => g.Sqrt(g.Add(square, g.scalar(params.epsilon)))
    const before = stateOf(slots, 'accumulatedDelta')
    const square = g.Mul(gradient, gradient)
    const accumulatedGrad = runningMean(g, stateOf(slots, 'accumulatedGrad'), square, params.rho)
    const ratio = g.Div(root(before), root(accumulatedGrad))
    const delta = g.Mul(gradient, ratio)
    return {
      weight: g.Sub(weight, g.Mul(delta, learningRate)),
      slots: { accumulatedGrad, accumulatedDelta: runningMean(g, before, g.Mul(delta, delta), params.rho) },
      // η √(d + ε) / √(a + ε)
      stepSize: () => g.Mul(ratio, learningRate),
    }
  },
})
