import { scaling } from './scaling.ts'

export const lecunNormal = scaling({
  kind: 'lecunNormal',
  title: 'LeCun normal',
  doc: 'Truncated normal numbers of variance 1 / fan in; suits selu.',
  reference: 'LeCun et al. 1998, Efficient BackProp',
  keras: 'LecunNormal',
  scale: 1,
  mode: 'fan_in',
  distribution: 'truncated_normal',
})
