import { scaling } from './scaling.ts'

export const lecunNormal = scaling({
  kind: 'lecunNormal',
  title: 'LeCun normal',
  doc: 'Truncated normal numbers of variance 1 / fan in; suits selu.',
  reference: 'LeCun et al. 1998, Efficient BackProp',
  formula: 'variance of w = 1 / fan in, normal, cut at two deviations',
  keras: 'LecunNormal',
  scale: 1,
  mode: 'fan_in',
  distribution: 'truncated_normal',
})
