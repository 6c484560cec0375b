import { scaling } from './scaling.ts'

export const glorotUniform = scaling({
  kind: 'glorotUniform',
  title: 'Glorot uniform',
  doc: 'Uniform numbers of variance 2 / (fan in + fan out); suits tanh, sigmoid and softmax.',
  reference: 'Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html',
  formula: 'w ~ U(−a, a),  a = √(6 / (fan in + fan out))',
  conventions: {
    keras: 'GlorotUniform()',
    pytorch: 'nn.init.xavier_uniform_',
    matlab: '"glorot"',
  },
  keras: 'GlorotUniform',
  scale: 1,
  mode: 'fan_avg',
  distribution: 'uniform',
})
