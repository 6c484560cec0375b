import { defineLayer } from '../../define.ts'
import { number } from '../../params.ts'
import { dropRate } from '../dropping.ts'

export const featureMasking = defineLayer({
  kind: 'featureMasking',
  title: 'Feature masking',
  doc: 'While training, puts one value in the place of some cells, as if they were missing, and leaves the others as they are.',
  reference: 'Vincent et al. 2008, https://doi.org/10.1145/1390156.1390294',
  formula: 'y = x with probability 1 − rate, else fill',
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    rate: dropRate('Fraction of the cells that is masked.', 0.1, [0.05, 0.3]),
    fill: number({
      title: 'Fill',
      doc: 'What stands in a masked cell; 0 is the mean of columns that are standardized.',
      default: 0,
    }),
  },
  build: ({ g, params, inputs, training, mask, scalar, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (!training) return x
    const kept = mask(x, scalar('rate'))
    const left = g.Mul(x, kept)
    return params.fill === 0 ? left : g.Add(left, g.Mul(g.Sub(g.scalar(1), kept), g.scalar(params.fill)))
  },
})
