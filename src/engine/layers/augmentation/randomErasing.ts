import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { numbers, optional } from '../../params.ts'
import { rangeOf, valueRange, wrongRange } from './colour.ts'
import { between, chance, nothing, probability } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'
import { rectangles } from './rectangles.ts'

export const randomErasing = defineLayer({
  kind: 'randomErasing',
  title: 'RandomErasing',
  doc: 'While training, puts noise or one value over a random rectangle of some images; noise has the value range, by default that of each batch.',
  reference: 'Zhong et al. 2017, https://arxiv.org/abs/1708.04896',
  formula:
    'height = √u · R and width = √v · C, of R rows and C columns, at a place where each is as likely\nu and v from the first number of scale to the second\ny = fill in the rectangle with probability factor, x elsewhere',
  conventions: {
    keras: 'RandomErasing((factor, factor), scale, fill_value, value_range), whose noise is normal and cut off',
    pytorch: 'torchvision.transforms.v2.RandomErasing(factor, scale, ratio, value)',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: probability(0.5),
    scale: numbers({
      title: 'Scale',
      doc: 'The smallest and the largest square of a side of the rectangle, as a fraction of that of the image.',
      default: [0.02, 0.33],
      min: 0,
      max: 1,
    }),
    fillValue: optional({
      title: 'Fill value',
      doc: 'What stands in the rectangle.',
      default: null,
      none: 'noise',
    }),
    valueRange,
  },
  keras: {
    class: 'RandomErasing',
    probabilities: ['factor'],
    told: ['valueRange'],
    only: { data_format: 'channels_last' },
    ignored: ['seed'],
  },
  conflict: (params) =>
    params.scale.length === 2
      ? wrongRange(params)
      : {
          param: 'scale',
          message: 'a rectangle has a smallest and a largest size; write two numbers, such as 0.02, 0.33',
        },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    const { rows, columns } = images
    if (!training) return images.x
    const { planes } = planesOf(g, images)
    const [least = 0, most = least] = params.scale
    const side = (size: number) => {
      const share = g.Sqrt(between(g, g.scalar(most), least, nothing, uniform(perImage(images))))
      const length = g.Mul(share, g.scalar(size))
      const begin = g.Mul(uniform(perImage(images)), g.Sub(g.scalar(size), length))
      return { begin, end: g.Add(begin, length) }
    }
    const [down, across] = [side(rows), side(columns)]
    const erased = rectangles(g, images, down, across, chance(context, perImage(images), scalar('factor')))
    const noise = () => {
      const { low, high } = rangeOf(context, planes)
      return g.Add(low, g.Mul(uniform(planes.shape), g.Sub(high, low)))
    }
    const filling = params.fillValue === null ? noise() : g.scalar(params.fillValue)
    return channelsLast(g, g.Where(erased, filling, planes))
  },
})
