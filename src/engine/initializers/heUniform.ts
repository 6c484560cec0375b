import { scaling } from './scaling.ts'

export const heUniform = scaling({
  kind: 'heUniform',
  title: 'He uniform',
  doc: 'Uniform numbers of variance 2 / fan in; suits relu.',
  reference: 'He et al. 2015, https://arxiv.org/abs/1502.01852',
  formula: 'w ~ U(−a, a),  a = √(6 / fan in)',
  keras: 'HeUniform',
  scale: 2,
  mode: 'fan_in',
  distribution: 'uniform',
})
