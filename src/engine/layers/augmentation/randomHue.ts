import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { hueTurned } from './colour.ts'
import { between, lowerEnd, nothing, sign, upperEnd } from './ends.ts'
import { colouredImagesOf, perImage, planesOf } from './images.ts'

const bounds = { min: 0, max: 1 }

export const randomHue = defineLayer({
  kind: 'randomHue',
  title: 'RandomHue',
  doc: 'While training, turns the hues of each image by a random angle and leaves brightness and saturation as they are, whatever the range of its values.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_hue/',
  formula: 'h ← h ± u / 2 modulo 1, h the hue as a fraction of a full turn\nu from lower to factor',
  conventions: {
    keras: 'RandomHue((lower, factor), value_range)',
    pytorch: 'torchvision.transforms.v2.ColorJitter(hue=factor / 2)',
    matlab: 'jitterColorHSV Hue, factor / 2',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: upperEnd('Factor', 'The widest angle, either way, as a fraction of half a turn.', 0.1, [0.02, 0.3], bounds),
    lower: lowerEnd('Lower', 'The smallest angle.', '0', bounds),
  },
  keras: {
    class: 'RandomHue',
    ranges: { factor: { lower: 'lower', implied: nothing } },
    only: { data_format: 'channels_last' },
    ignored: ['seed', 'value_range'],
  },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = colouredImagesOf(context)
    if (!training) return images.x
    const angle = between(g, scalar('factor'), params.lower, nothing, uniform(perImage(images)))
    const turn = g.Mul(g.Mul(angle, sign(context, perImage(images))), g.scalar(0.5))
    return channelsLast(g, hueTurned(g, planesOf(g, images).planes, turn))
  },
})
