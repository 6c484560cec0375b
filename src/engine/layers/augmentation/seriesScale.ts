import { defineLayer } from '../../define.ts'
import { number } from '../../params.ts'
import { perRow } from '../dropping.ts'
import { placesOf } from '../places.ts'

export const seriesScale = defineLayer({
  kind: 'seriesScale',
  title: 'Series scale',
  doc: 'While training, makes each channel of a series larger or smaller as a whole, by a random factor around 1.',
  reference: 'Um et al. 2017, https://arxiv.org/abs/1706.00527',
  formula: 'y = x (1 + deviation · n)\nn has mean 0 and variance 1: one draw per row and channel',
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    deviation: number({
      title: 'Deviation',
      doc: 'Standard deviation of the factor.',
      default: 0.1,
      min: 0,
      sensible: [0.02, 0.3],
      live: true,
    }),
  },
  build: (context) => {
    const { g, training, normal, scalar } = context
    const { x } = placesOf(context, 1)
    if (!training) return x
    return g.Mul(x, g.Add(g.scalar(1), g.Mul(normal(perRow(x, [2])), scalar('deviation'))))
  },
})
