import { defineLayer } from '../define.ts'
import { dropRate, keeping, perRow } from './dropping.ts'

export const stochasticDepth = defineLayer({
  kind: 'stochasticDepth',
  title: 'Stochastic depth',
  doc: 'While training, leaves out the branch it ends for some rows, chosen anew each step, and scales the branch of the others by 1 / (1 − rate); it belongs at the end of a residual branch, right before Add.',
  reference: 'Huang et al. 2016, https://arxiv.org/abs/1603.09382; scaled as in https://arxiv.org/abs/1905.11946',
  formula:
    'y = x · m / (1 − rate)\nm is 0 with probability rate, else 1: one draw per row\nalong a deep network, block l of L: rateₗ = rate · l / L',
  conventions: {
    keras: 'Dropout(rate, noise_shape=(None, 1, ..., 1))',
    pytorch: 'torchvision.ops.StochasticDepth(p=rate, mode="row"); DropPath(drop_prob=rate) of timm',
  },
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  samples: true,
  params: {
    rate: dropRate(
      'How often the branch is left out; in deep networks let it grow evenly, from nearly 0 at the first branch to this at the last.',
      0.2,
      [0.05, 0.5],
    ),
  },
  build: (context) => {
    const { g, inputs, training, fail } = context
    const [x] = inputs
    if (!x) return fail('needs an input')
    return training ? g.Mul(x, keeping(context, perRow(x))) : x
  },
})
