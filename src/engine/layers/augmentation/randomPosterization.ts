import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { integer, optional } from '../../params.ts'
import { posterized, rangeOf, valueRange, wrongRange } from './colour.ts'
import { alike } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'

export const randomPosterization = defineLayer({
  kind: 'randomPosterization',
  title: 'RandomPosterization',
  doc: 'While training, leaves each image a random number of the 8 bits of its values, which makes them fewer; the value range is by default that of each batch.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_posterization/',
  formula:
    'n = ⌊255 (x − low) / (high − low)⌋\ny = low + ⌊n / 2⁸⁻ᵇ⌋ 2⁸⁻ᵇ (high − low) / 255\nb is a whole number from lower to factor, each as likely',
  conventions: {
    keras:
      'RandomPosterization((lower, factor + 1), value_range): Keras leaves out the upper end unless both are the same',
    pytorch: 'torchvision.transforms.v2.RandomPosterize(bits, p=1)',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: integer({
      title: 'Factor',
      doc: 'The most bits that are left.',
      default: 4,
      min: 1,
      max: 8,
      sensible: [3, 7],
      live: true,
    }),
    lower: optional({
      title: 'Lower',
      doc: 'The fewest bits that are left.',
      default: null,
      none: 'as many',
      min: 1,
      max: 8,
      whole: true,
    }),
    valueRange,
  },
  keras: {
    class: 'RandomPosterization',
    ranges: { factor: { lower: 'lower', implied: alike, exclusive: true } },
    told: ['valueRange'],
    only: { data_format: 'channels_last' },
    ignored: ['seed'],
  },
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const most = scalar('factor')
    const fewest = params.lower === null ? most : g.Min(g.scalar(params.lower), most)
    const choices = g.Add(g.Sub(most, fewest), g.scalar(1))
    const bits = g.Add(fewest, g.Floor(g.Mul(uniform(perImage(images)), choices)))
    const { planes } = planesOf(g, images)
    return channelsLast(g, posterized(g, planes, bits, rangeOf(context, planes)))
  },
})
