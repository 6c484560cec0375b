import { defineLayer } from '../../define.ts'
import { optional } from '../../params.ts'
import { between, lowerEnd, opposite, upperEnd } from './ends.ts'
import { matrices, moved, samplingParams } from './geometry.ts'
import { imagesOf } from './images.ts'

const bounds = { min: -1, max: 1, exclusiveMin: true }

export const randomZoom = defineLayer({
  kind: 'randomZoom',
  title: 'RandomZoom',
  doc: 'While training, makes what is in each image larger or smaller by a random factor.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/',
  formula:
    'y[r, c] = x at row (1 + u) r and column (1 + v) c, both from the centre\nu and v from lower to factor; v = u where the width has no factor',
  conventions: {
    keras: 'RandomZoom((heightLower, heightFactor), (widthLower, widthFactor))',
    pytorch: 'torchvision.transforms.v2.RandomAffine(0, scale), about 1 / (1 + u)',
    matlab: 'imageDataAugmenter RandScale, 1 / (1 + u)',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    heightFactor: upperEnd(
      'Height factor',
      'How much more of the rows an image shows at most, as a fraction; below 0 it shows less.',
      0.1,
      [0.05, 0.4],
      bounds,
    ),
    heightLower: lowerEnd('Height lower', 'The other end of what it shows more.', 'as much less', bounds),
    widthFactor: optional({
      title: 'Width factor',
      doc: 'The same for columns, by a draw of its own.',
      default: null,
      none: 'columns as rows',
      ...bounds,
    }),
    widthLower: lowerEnd('Width lower', 'The other end for columns.', 'as much less', bounds),
    ...samplingParams,
  },
  keras: {
    class: 'RandomZoom',
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
    const own = params.widthFactor === null ? null : g.scalar(params.widthFactor)
    const across = own ? between(g, own, params.widthLower, opposite, draw()) : down
    const parts = [
      [across, [1, 0, 0, 0, 0, 0, 0, 0, 0]],
      [down, [0, 0, 0, 0, 1, 0, 0, 0, 0]],
    ] as const
    return moved(g, images, matrices(g, parts), params)
  },
})
