import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { brightened, colourForm, rangeOf, valueRange, wrongRange } from './colour.ts'
import { between, lowerEnd, opposite, upperEnd } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'

export const randomBrightness = defineLayer({
  kind: 'randomBrightness',
  title: 'RandomBrightness',
  doc: 'While training, makes each image brighter or darker by a random amount, within the value range, which is by default that of each batch.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_brightness/',
  formula: 'y = clip(x + u (high − low), low, high)\nu from lower to factor',
  conventions: {
    keras: 'RandomBrightness((lower, factor), value_range), where the range is 0 to 255 unless it is said',
    pytorch: 'torchvision.transforms.v2.ColorJitter(brightness) multiplies instead',
    matlab: 'jitterColorHSV Brightness',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: upperEnd('Factor', 'The most that is added, as a fraction of the value range.', 0.2, [0.05, 0.5]),
    lower: lowerEnd('Lower', 'The other end of what is added.', 'as much taken away'),
    valueRange,
  },
  keras: colourForm('RandomBrightness', opposite),
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const amount = between(g, scalar('factor'), params.lower, opposite, uniform(perImage(images)))
    const { planes } = planesOf(g, images)
    return channelsLast(g, brightened(g, planes, amount, rangeOf(context, planes)))
  },
})
