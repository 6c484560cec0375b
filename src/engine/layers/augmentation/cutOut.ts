import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { integer, number } from '../../params.ts'
import { chance, probability } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'
import { rectangles } from './rectangles.ts'

export const cutOut = defineLayer({
  kind: 'cutOut',
  title: 'CutOut',
  doc: 'While training, puts one value over a square of some images, around a random pixel, so that part of it may lie outside.',
  reference: 'DeVries & Taylor 2017, https://arxiv.org/abs/1708.04552',
  formula:
    'y[r, c] = fill where a − ⌊size / 2⌋ ≤ r < a − ⌊size / 2⌋ + size and the same for c and b, x[r, c] elsewhere\n(a, b) is any pixel, each as likely, with probability factor',
  conventions: {
    keras: 'keras_cv.layers.RandomCutout(size, size)',
    pytorch: 'torchvision.transforms.v2.RandomErasing, of one size and inside the image',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    size: integer({
      title: 'Size',
      doc: 'How many rows and columns the square has.',
      default: 8,
      min: 1,
      max: 8192,
      sensible: [4, 16],
      live: true,
    }),
    factor: probability(1),
    fillValue: number({ title: 'Fill value', doc: 'What stands in the square.', default: 0 }),
  },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    const { rows, columns } = images
    if (!training) return images.x
    const size = scalar('size')
    const side = (pixels: number) => {
      const middle = g.Floor(g.Mul(uniform(perImage(images)), g.scalar(pixels)))
      const begin = g.Sub(middle, g.Floor(g.Mul(size, g.scalar(0.5))))
      return { begin, end: g.Add(begin, size) }
    }
    const covered = rectangles(
      g,
      images,
      side(rows),
      side(columns),
      chance(context, perImage(images), scalar('factor')),
    )
    return channelsLast(g, g.Where(covered, g.scalar(params.fillValue), planesOf(g, images).planes))
  },
})
