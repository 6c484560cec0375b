import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { colourForm, rangeOf, saturated, valueRange, wrongRange } from './colour.ts'
import { between, complement, lowerEnd, upperEnd } from './ends.ts'
import { colouredImagesOf, perImage, planesOf } from './images.ts'

const bounds = { min: 0, max: 1 }

export const randomSaturation = defineLayer({
  kind: 'randomSaturation',
  title: 'RandomSaturation',
  doc: 'While training, makes the colours of each image paler or stronger by a random factor; the value range is by default that of each batch.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_saturation/',
  formula:
    'y = v − (v − x) min(u / (1 − u), 1 / s)\nv is the largest channel of a pixel, s = (v − smallest) / (v − low) its saturation\nu from lower to factor: 0 is grey, ½ changes nothing, 1 is as strong as can be',
  conventions: {
    keras: 'RandomSaturation((lower, factor)); one number f is (−f, f) in Keras 3, half of which is grey',
    pytorch: 'torchvision.transforms.v2.ColorJitter(saturation) mixes with the grey image instead',
    matlab: 'jitterColorHSV Saturation',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: upperEnd('Factor', 'The strongest colours: 0.5 are those of the image.', 0.6, [0.5, 0.8], bounds),
    lower: lowerEnd('Lower', 'The palest colours.', '1 − factor', bounds),
    valueRange,
  },
  keras: colourForm('RandomSaturation', complement),
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = colouredImagesOf(context)
    if (!training) return images.x
    const unit = between(g, scalar('factor'), params.lower, complement, uniform(perImage(images)))
    // As Keras has it, 1 is not quite without end.
    const factor = g.Div(unit, g.Add(g.Sub(g.scalar(1), unit), g.scalar(1e-7)))
    const { planes } = planesOf(g, images)
    return channelsLast(g, saturated(g, planes, factor, rangeOf(context, planes)))
  },
})
