import { scaling } from './scaling.ts'

export const glorotNormal = scaling({
  kind: 'glorotNormal',
  title: 'Glorot normal',
  doc: 'Truncated normal numbers of variance 2 / (fan in + fan out); suits tanh, sigmoid and softmax.',
  reference: 'Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html',
  formula: 'variance of w = 2 / (fan in + fan out), normal, cut at two deviations',
  keras: 'GlorotNormal',
  scale: 1,
  mode: 'fan_avg',
  distribution: 'truncated_normal',
})
