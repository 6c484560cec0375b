import { decayed, decays, exclusion } from '../decay.ts'
import { defineOptimizer } from '../define.ts'
import { strength } from '../params.ts'
import { adamArguments, adamParams, adamSlots, adamUpdate } from './adam.ts'
import { kerasOptimizer } from './learningRate.ts'

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
    excluded: exclusion,
  },
  keras: kerasOptimizer('AdamW', adamArguments, ['excluded']),
  slots: adamSlots,
  // w ← w - w η λ, then Adam's step
  update: (context) => {
    const { g, params, scalar, weight, learningRate } = context
    if (!decays(context, params.excluded)) return adamUpdate(context)
    return adamUpdate({ ...context, weight: decayed(g, weight, learningRate, scalar('weightDecay')) })
  },
})
