import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { inverted, rangeOf, valueRange, wrongRange } from './colour.ts'
import { chance, probability } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'

export const randomInvert = defineLayer({
  kind: 'randomInvert',
  title: 'RandomInvert',
  doc: 'While training, turns some images into their negatives; black and white are the ends of the value range, by default of each batch.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_invert/',
  formula: 'y = low + high − x with probability factor, else x',
  conventions: {
    keras: 'RandomInvert((factor, factor), value_range), which takes low for 0',
    pytorch: 'torchvision.transforms.v2.RandomInvert(factor)',
    matlab: 'imcomplement',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: { factor: probability(0.5), valueRange },
  keras: {
    class: 'RandomInvert',
    probabilities: ['factor'],
    told: ['valueRange'],
    only: { data_format: 'channels_last' },
    ignored: ['seed'],
  },
  conflict: wrongRange,
  build: (context) => {
    const { g, training, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const { planes } = planesOf(g, images)
    const negatives = inverted(g, planes, rangeOf(context, planes))
    return channelsLast(g, g.Where(chance(context, perImage(images), scalar('factor')), negatives, planes))
  },
})
