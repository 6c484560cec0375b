import { defineLayer } from '../define.ts'
import { number } from '../params.ts'

export const dropout = defineLayer({
  kind: 'dropout',
  title: 'Dropout',
  doc: 'While training, sets a random fraction of its inputs to zero and scales the rest by 1 / (1 − rate); else passes them on.',
  reference: 'Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html',
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  params: {
    rate: number({
      title: 'Rate',
      doc: 'Fraction of the inputs that is dropped.',
      default: 0.5,
      min: 0,
      max: 0.999,
      live: true,
    }),
  },
  keras: { class: 'Dropout', only: { noise_shape: null }, ignored: ['seed'] },
  build: ({ g, inputs, training, mask, scalar, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (!training) return x
    const rate = scalar('rate')
    return g.Mul(x, g.Div(mask(x, rate), g.Sub(g.scalar(1), rate)))
  },
})
