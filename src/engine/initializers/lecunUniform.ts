import { scaling } from './scaling.ts'

export const lecunUniform = scaling({
  kind: 'lecunUniform',
  title: 'LeCun uniform',
  doc: 'Uniform numbers of variance 1 / fan in; suits selu.',
  reference: 'LeCun et al. 1998, Efficient BackProp',
  formula: 'w ~ U(−a, a),  a = √(3 / fan in)',
  keras: 'LecunUniform',
  scale: 1,
  mode: 'fan_in',
  distribution: 'uniform',
})
