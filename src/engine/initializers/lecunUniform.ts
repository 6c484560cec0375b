import { scaling } from './scaling.ts'

export const lecunUniform = scaling({
  kind: 'lecunUniform',
  title: 'LeCun uniform',
  doc: 'Uniform numbers of variance 1 / fan in; suits selu.',
  reference: 'LeCun et al. 1998, Efficient BackProp',
  keras: 'LecunUniform',
  scale: 1,
  mode: 'fan_in',
  distribution: 'uniform',
})
