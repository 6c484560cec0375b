import { defineLayer } from '../define.ts'
import { dropRate, keeping } from './dropping.ts'

export const dropout = defineLayer({
  kind: 'dropout',
  title: 'Dropout',
  doc: 'While training, sets a random fraction of its inputs to zero and scales the rest by 1 / (1 − rate); else passes them on.',
  reference: 'Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html',
  formula: 'y = x · m / (1 − rate)\nm is 0 with probability rate, else 1',
  conventions: {
    keras: 'Dropout(rate)',
    pytorch: 'nn.Dropout(p=rate)',
    matlab: 'dropoutLayer(rate)',
  },
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  samples: true,
  params: { rate: dropRate('Fraction of the inputs that is dropped.') },
  keras: { class: 'Dropout', only: { noise_shape: null }, ignored: ['seed'] },
  build: (context) => {
    const { g, inputs, training, fail } = context
    const [x] = inputs
    if (!x) return fail('needs an input')
    return training ? g.Mul(x, keeping(context, x)) : x
  },
})
