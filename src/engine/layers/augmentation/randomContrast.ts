import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { colourForm, contrasted, rangeOf, valueRange, wrongRange } from './colour.ts'
import { alike, lowerEnd, upperEnd } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'

const bounds = { min: 0, max: 1 }

export const randomContrast = defineLayer({
  kind: 'randomContrast',
  title: 'RandomContrast',
  doc: 'While training, takes each channel of each image nearer to its mean or farther from it by a random factor, within the value range, which is by default that of each batch.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_contrast/',
  formula: 'y = clip(m + u (x − m), low, high)\nm is the mean of the channel, u from 1 − lower to 1 + factor',
  conventions: {
    keras:
      'RandomContrast((lower, factor), value_range); one number f for both is (0, f) in Keras 3, which never lowers it',
    pytorch: 'torchvision.transforms.v2.ColorJitter(contrast=factor), around the mean of the grey image',
    matlab: 'jitterColorHSV Contrast',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: upperEnd('Factor', 'How much more contrast there is at most, as a fraction.', 0.2, [0.05, 0.5], bounds),
    lower: lowerEnd('Lower', 'How much less there is at most.', 'as the factor', bounds),
    valueRange,
  },
  keras: colourForm('RandomContrast', alike),
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const more = scalar('factor')
    const less = params.lower === null ? more : g.scalar(params.lower)
    const unit = uniform(perImage(images))
    const factor = g.Sub(g.Add(g.scalar(1), g.Mul(unit, g.Add(more, less))), less)
    const { planes } = planesOf(g, images)
    return channelsLast(g, contrasted(g, planes, factor, rangeOf(context, planes)))
  },
})
