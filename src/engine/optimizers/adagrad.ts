import { defineOptimizer } from '../define.ts'
import { number } from '../params.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { epsilon } from './mean.ts'
import { stateOf } from './state.ts'

export const adagrad = defineOptimizer({
  kind: 'adagrad',
  title: 'Adagrad',
  doc: 'Divides each gradient by the root of all its squares so far: what is seen often moves less.',
  reference: 'Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html; Keras keras/src/optimizers/adagrad.py',
  formula: 'a ← a + g²\nw ← w − η g / √(a + ε)',
  conventions: {
    keras: 'Adagrad',
    pytorch:
      'torch.optim.Adagrad(initial_accumulator_value=0.1), whose preset is 0, whose learning rate is 0.01, and which adds ε to the root, not under it',
  },
  params: {
    ...learningRateParams(0.001, [0.001, 0.1]),
    initialAccumulatorValue: number({
      title: 'Initial accumulator',
      doc: 'Where the sum of squares begins.',
      default: 0.1,
      min: 0,
    }),
    epsilon: epsilon('Added under the root so that nothing is divided by zero.'),
  },
  keras: kerasOptimizer('Adagrad'),
  slots: ({ initialAccumulatorValue }) => ({ accumulator: initialAccumulatorValue }),
  // a ← a + g²;  w ← w - η g / √(a + ε)
  update: ({ g, params, weight, gradient, slots, learningRate }) => {
    const accumulator = g.Add(stateOf(slots, 'accumulator'), g.Mul(gradient, gradient))
    const root = g.Sqrt(g.Add(accumulator, g.scalar(params.epsilon)))
    return {
      weight: g.Sub(weight, g.Div(g.Mul(gradient, learningRate), root)),
      slots: { accumulator },
      // η / √(a + ε)
      stepSize: () => g.Div(learningRate, root),
    }
  },
})
