import { defineLayer } from '../../define.ts'
import { between, lowerEnd, opposite, upperEnd } from './ends.ts'
import { centre, matrices, moved, samplingParams } from './geometry.ts'
import { imagesOf } from './images.ts'

export const randomRotation = defineLayer({
  kind: 'randomRotation',
  title: 'RandomRotation',
  doc: 'While training, turns each image around its centre by a random angle.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/',
  formula:
    'y[r, c] = x at row sin θ · c + cos θ · r and column cos θ · c − sin θ · r, both from the centre\nθ = 2π u, u from lower to factor',
  conventions: {
    keras: 'RandomRotation((lower, factor)); layers in a row read each pixel once here, and again for each in Keras',
    pytorch: 'torchvision.transforms.v2.RandomRotation(360 · factor)',
    matlab: 'imageDataAugmenter RandRotation, [360 · lower 360 · factor]',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: upperEnd('Factor', 'The widest angle as a fraction of a full turn, counterclockwise.', 0.1, [0.02, 0.25]),
    lower: lowerEnd('Lower', 'The other end of the angles.', 'as far clockwise'),
    ...samplingParams,
  },
  keras: {
    class: 'RandomRotation',
    ranges: { factor: { lower: 'lower', implied: opposite } },
    only: { data_format: 'channels_last' },
    ignored: ['seed'],
  },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const turn = between(g, scalar('factor'), params.lower, opposite, uniform([images.batch, 1]))
    const angle = g.Mul(turn, g.scalar(2 * Math.PI))
    const parts = [
      [g.Cos(angle), [1, 0, 0, 0, 1, 0, 0, 0, 0]],
      [g.Sin(angle), [0, -1, 0, 1, 0, 0, 0, 0, 0]],
    ] as const
    return moved(g, images, matrices(g, parts, centre), params)
  },
})
