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
  formula: 'w ← w − η · weightDecay · w, then Adam’s step',
  conventions: {
    keras:
      'keras.optimizers.AdamW, whose weight_decay of 0.004 is multiplied by the learning rate and decays biases too, as here',
    pytorch:
      'torch.optim.AdamW, whose weight_decay is multiplied by the learning rate too but is 0.01 unless set; Adam(weight_decay=...) is L2 in the gradient, which is not the same',
  },
  params: {
    ...adamParams,
    weightDecay: {
      ...strength('Fraction of a weight lost per step and unit of learning rate.', 0.004, [1e-3, 1]),
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
