import { defineLayer } from '../define.ts'
import { dropRate } from './dropping.ts'

export const gaussianDropout = defineLayer({
  kind: 'gaussianDropout',
  title: 'Gaussian dropout',
  doc: 'While training, multiplies each of its inputs by a random number around 1 that spreads as much as what dropout of this rate multiplies by; else passes them on.',
  reference: 'Srivastava et al. 2014, section 10, https://jmlr.org/papers/v15/srivastava14a.html',
  formula: 'y = x (1 + √(rate / (1 − rate)) n)\nn has mean 0 and variance 1',
  conventions: { keras: 'GaussianDropout(rate)' },
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  samples: true,
  params: { rate: dropRate('The rate of the dropout whose mean and variance it has.') },
  keras: { class: 'GaussianDropout', ignored: ['seed'] },
  build: ({ g, inputs, training, normal, scalar, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (!training) return x
    const rate = scalar('rate')
    const deviation = g.Sqrt(g.Div(rate, g.Sub(g.scalar(1), rate)))
    return g.Mul(x, g.Add(g.scalar(1), g.Mul(normal(x), deviation)))
  },
})
