import { defineInitializer } from '../define.ts'
import { choice, number } from '../params.ts'
import { kerasScaling, scaled } from './scaling.ts'

export const varianceScaling = defineInitializer({
  kind: 'varianceScaling',
  title: 'Variance scaling',
  doc: 'Random numbers of variance scale / fan, of which Glorot, He and LeCun are cases.',
  reference:
    'He et al. 2015, https://arxiv.org/abs/1502.01852; https://keras.io/api/layers/initializers/#variancescaling-class',
  formula: 'variance of w = scale / fan, where fan is fan in, fan out or their mean',
  params: {
    scale: number({ title: 'Scale', doc: 'Variance times fan.', default: 1, min: 0, exclusiveMin: true }),
    mode: choice({
      title: 'Fan',
      doc: 'Whether inputs, outputs or the mean of both are counted.',
      default: 'fan_in',
      options: ['fan_in', 'fan_out', 'fan_avg'],
    }),
    distribution: choice({
      title: 'Distribution',
      doc: 'Uniform, normal, or normal cut off at two deviations.',
      default: 'truncated_normal',
      options: ['truncated_normal', 'untruncated_normal', 'uniform'],
    }),
  },
  keras: kerasScaling('VarianceScaling'),
  fill: (context, params) => scaled(context, params),
})
