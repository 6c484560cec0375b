import { defineLayer } from '../../define.ts'
import { between, lowerEnd, opposite, upperEnd } from './ends.ts'
import { matrices, moved, samplingParams } from './geometry.ts'
import { imagesOf } from './images.ts'

export const randomTranslation = defineLayer({
  kind: 'randomTranslation',
  title: 'RandomTranslation',
  doc: 'While training, moves each image by a random distance up or down and left or right.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation/',
  formula: 'y[r, c] = x at row r − R u and column c − C v, of R rows and C columns\nu and v from lower to factor',
  conventions: {
    keras: 'RandomTranslation((heightLower, heightFactor), (widthLower, widthFactor))',
    pytorch: 'torchvision.transforms.v2.RandomAffine(0, translate=(widthFactor, heightFactor))',
    matlab: 'imageDataAugmenter RandXTranslation, RandYTranslation, in pixels',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    heightFactor: upperEnd('Height factor', 'The farthest move down as a fraction of the rows.', 0.1, [0.02, 0.25]),
    heightLower: lowerEnd('Height lower', 'The other end of the moves down.', 'as far up'),
    widthFactor: upperEnd(
      'Width factor',
      'The farthest move to the right as a fraction of the columns.',
      0.1,
      [0.02, 0.25],
    ),
    widthLower: lowerEnd('Width lower', 'The other end of the moves to the right.', 'as far to the left'),
    ...samplingParams,
  },
  keras: {
    class: 'RandomTranslation',
    ranges: {
      heightFactor: { lower: 'heightLower', implied: opposite },
      widthFactor: { lower: 'widthLower', implied: opposite },
    },
    only: { data_format: 'channels_last' },
    ignored: ['seed'],
  },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const draw = () => uniform([images.batch, 1])
    const down = between(g, scalar('heightFactor'), params.heightLower, opposite, draw())
    const right = between(g, scalar('widthFactor'), params.widthLower, opposite, draw())
    const parts = [
      [right, [0, 0, -images.columns, 0, 0, 0, 0, 0, 0]],
      [down, [0, 0, 0, 0, 0, -images.rows, 0, 0, 0]],
    ] as const
    return moved(g, images, matrices(g, parts), params)
  },
})
