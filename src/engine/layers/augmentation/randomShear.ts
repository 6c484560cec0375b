import { defineLayer } from '../../define.ts'
import { between, lowerEnd, opposite, sign, upperEnd } from './ends.ts'
import { matrices, moved, samplingParams } from './geometry.ts'
import { imagesOf } from './images.ts'

const bounds = { min: 0, max: 1 }

export const randomShear = defineLayer({
  kind: 'randomShear',
  title: 'RandomShear',
  doc: 'While training, slants each image by a random amount: every row moves a little farther than the one above it, and every column than the one before.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_shear/',
  formula:
    'y[r, c] = x at column c + s a r and row r + s b c, from the first pixel\na and b from lower to factor, s is −1 or 1',
  conventions: {
    keras: 'RandomShear((xLower, xFactor), (yLower, yFactor))',
    pytorch: 'torchvision.transforms.v2.RandomAffine(0, shear), in degrees: arctan of the factor',
    matlab: 'imageDataAugmenter RandXShear, RandYShear, in degrees: arctan of the factor',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    xFactor: upperEnd(
      'X factor',
      'How far a row moves against the one above it at most, in pixels.',
      0.1,
      [0.05, 0.3],
      bounds,
    ),
    xLower: lowerEnd('X lower', 'How far it moves at least, to either side.', 'as far the other way', bounds),
    yFactor: upperEnd(
      'Y factor',
      'How far a column moves against the one before it at most, in pixels.',
      0.1,
      [0.05, 0.3],
      bounds,
    ),
    yLower: lowerEnd('Y lower', 'How far it moves at least, up or down.', 'as far the other way', bounds),
    ...samplingParams,
  },
  keras: {
    class: 'RandomShear',
    ranges: {
      xFactor: { lower: 'xLower', implied: opposite, alone: true },
      yFactor: { lower: 'yLower', implied: opposite, alone: true },
    },
    only: { data_format: 'channels_last' },
    ignored: ['seed'],
  },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const draw = () => uniform([images.batch, 1])
    const side = sign(context, [images.batch, 1])
    const across = g.Mul(side, between(g, scalar('xFactor'), params.xLower, opposite, draw()))
    const down = g.Mul(side, between(g, scalar('yFactor'), params.yLower, opposite, draw()))
    const parts = [
      [across, [0, 1, (images.rows - 1) / 2, 0, 0, 0, 0, 0, 0]],
      [down, [0, 0, 0, 1, 0, (images.columns - 1) / 2, 0, 0, 0]],
    ] as const
    return moved(g, images, matrices(g, parts), params)
  },
})
