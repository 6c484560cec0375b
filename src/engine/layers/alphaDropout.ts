import { defineLayer } from '../define.ts'
import { dropRate } from './dropping.ts'

/** What selu goes to far below 0, −λα: the value that stands for nothing. */
const floor = -1.7580993408473766

export const alphaDropout = defineLayer({
  kind: 'alphaDropout',
  title: 'Alpha dropout',
  doc: 'While training, sets a random fraction of its inputs to what selu gives far below zero, and scales and shifts all so that mean 0 and variance 1 stay; meant for networks of selu.',
  reference: 'Klambauer et al. 2017, https://arxiv.org/abs/1706.02515',
  formula:
    'y = a (x · m + α′ (1 − m)) + b\nm is 0 with probability rate, else 1\nα′ = −1.7580993, a = ((1 − rate) (1 + rate α′²))^−½, b = −a α′ rate',
  conventions: { keras: 'AlphaDropout(rate)', pytorch: 'nn.AlphaDropout(p=rate)' },
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  samples: true,
  params: { rate: dropRate('Fraction of the inputs that is dropped.', 0.1, [0.05, 0.2]) },
  keras: { class: 'AlphaDropout', only: { noise_shape: null }, ignored: ['seed'] },
  build: ({ g, inputs, training, mask, scalar, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (!training) return x
    const [rate, one] = [scalar('rate'), g.scalar(1)]
    const spread = g.Mul(g.Sub(one, rate), g.Add(one, g.Mul(rate, g.scalar(floor ** 2))))
    const a = g.Reciprocal(g.Sqrt(spread))
    const shift = g.Mul(g.Mul(a, rate), g.scalar(-floor))
    // a x + b where kept, a α′ + b elsewhere
    const kept = mask(x, rate)
    const dropped = g.Mul(g.Sub(one, kept), g.Mul(a, g.scalar(floor)))
    return g.Add(g.Add(g.Mul(x, g.Mul(kept, a)), dropped), shift)
  },
})
