import { defineRegularizer } from '../define.ts'
import { limit } from './limit.ts'

export const clipValue = defineRegularizer({
  kind: 'clipValue',
  title: 'Clip gradient values',
  doc: 'Cuts every element of every gradient off at ± the limit.',
  reference: 'Keras clipvalue, https://keras.io/api/optimizers/',
  formula: 'g ← min(max(g, −limit), limit)',
  conventions: {
    keras: 'clipvalue=limit of any optimizer',
    pytorch: 'torch.nn.utils.clip_grad_value_(model.parameters(), limit)',
    matlab: 'GradientThreshold=limit with GradientThresholdMethod="absolute-value"',
  },
  places: ['training'],
  params: { limit: limit('Largest absolute value of a gradient’s element.') },
  // g ← min(max(g, -c), c)
  gradients: ({ g, scalar, gradients }) =>
    gradients.map((gradient) => g.Min(g.Max(gradient, g.Neg(scalar('limit'))), scalar('limit'))),
})
