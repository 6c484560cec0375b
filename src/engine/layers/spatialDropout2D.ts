import { defineLayer } from '../define.ts'
import { dropRate, keeping, perRow } from './dropping.ts'
import { placesOf } from './places.ts'

export const spatialDropout2D = defineLayer({
  kind: 'spatialDropout2D',
  title: 'SpatialDropout2D',
  doc: 'While training, drops whole channels of an image, each at all its places, and scales the rest by 1 / (1 − rate); else passes them on.',
  reference: 'Tompson et al. 2015, https://arxiv.org/abs/1411.4280',
  formula: 'y = x · m / (1 − rate)\nm is 0 with probability rate, else 1: one draw per row and channel',
  conventions: {
    keras: 'SpatialDropout2D(rate)',
    pytorch: 'nn.Dropout2d(p=rate), channels first',
    matlab: 'spatialDropoutLayer(Probability=rate)',
  },
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  samples: true,
  params: { rate: dropRate('Fraction of the channels that is dropped.') },
  keras: { class: 'SpatialDropout2D', only: { data_format: 'channels_last' }, ignored: ['seed'] },
  build: (context) => {
    const { x } = placesOf(context, 2)
    return context.training ? context.g.Mul(x, keeping(context, perRow(x, [3]))) : x
  },
})
