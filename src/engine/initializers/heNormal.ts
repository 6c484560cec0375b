import { scaling } from './scaling.ts'

export const heNormal = scaling({
  kind: 'heNormal',
  title: 'He normal',
  doc: 'Truncated normal numbers of variance 2 / fan in; suits relu.',
  reference: 'He et al. 2015, https://arxiv.org/abs/1502.01852',
  formula: 'variance of w = 2 / fan in, normal, cut at two deviations',
  keras: 'HeNormal',
  scale: 2,
  mode: 'fan_in',
  distribution: 'truncated_normal',
})
