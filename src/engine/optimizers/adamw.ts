import { defineOptimizer } from '../define.ts'
import { strength } from '../params.ts'
import { adamParams, adamSlots, adamUpdate } from './adam.ts'

export const adamw = defineOptimizer({
  kind: 'adamw',
  title: 'AdamW',
  doc: 'Adam with decoupled weight decay: every weight shrinks by learning rate × decay, apart from the gradient, which is not the same as Adam with L2.',
  reference: 'Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101; Keras keras/src/optimizers/adamw.py',
  params: {
    ...adamParams,
    weightDecay: {
      ...strength('Fraction of a weight lost per step and unit of learning rate.', 0.004),
      title: 'Weight decay',
    },
  },
  slots: () => adamSlots,
  // w ← w - w η λ, then Adam's step
  update: (context) => {
    const { g, scalar, weight, learningRate } = context
    const lost = g.Mul(weight, g.Mul(learningRate, scalar('weightDecay')))
    return adamUpdate({ ...context, weight: g.Sub(weight, lost) })
  },
})
