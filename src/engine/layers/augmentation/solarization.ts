import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { rangeOf, solarized, valueRange, wrongRange } from './colour.ts'
import { between, lowerEnd, nothing, upperEnd } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'

const bounds = { min: 0, max: 1 }

export const solarization = defineLayer({
  kind: 'solarization',
  title: 'Solarization',
  doc: 'While training, makes each image brighter by a random amount and inverts what is then above a random threshold; the value range is by default that of each batch.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/solarization/',
  formula:
    'b = clip(x + a (high − low), low, high)\ny = b where b < low + t (high − low), else low + high − b\na and t from lower to factor',
  conventions: {
    keras:
      'Solarization((additionLower, additionFactor), (thresholdLower, thresholdFactor), value_range), with lower ends in 255ths',
    pytorch: 'torchvision.transforms.v2.RandomSolarize(threshold)',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    additionFactor: upperEnd(
      'Addition factor',
      'The most that is added, as a fraction of the value range.',
      0,
      [0, 0.3],
      bounds,
    ),
    additionLower: lowerEnd('Addition lower', 'The least that is added.', '0', bounds),
    thresholdFactor: upperEnd(
      'Threshold factor',
      'The highest threshold as a fraction of the value range; what is above it is inverted.',
      1,
      [0.5, 1],
      bounds,
    ),
    thresholdLower: lowerEnd('Threshold lower', 'The lowest threshold.', '0', bounds),
    valueRange,
  },
  keras: {
    class: 'Solarization',
    ranges: {
      additionFactor: { lower: 'additionLower', implied: nothing },
      thresholdFactor: { lower: 'thresholdLower', implied: nothing },
    },
    told: ['valueRange'],
    only: { data_format: 'channels_last' },
    ignored: ['seed'],
  },
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const draw = () => uniform(perImage(images))
    const addition = between(g, scalar('additionFactor'), params.additionLower, nothing, draw())
    const threshold = between(g, scalar('thresholdFactor'), params.thresholdLower, nothing, draw())
    const { planes } = planesOf(g, images)
    return channelsLast(g, solarized(g, planes, addition, threshold, rangeOf(context, planes)))
  },
})
