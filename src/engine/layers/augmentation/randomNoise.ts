import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { rangeOf, valueRange, within, wrongRange } from './colour.ts'
import { between, lowerEnd, nothing, upperEnd } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'

const bounds = { min: 0, max: 1 }

export const randomNoise = defineLayer({
  kind: 'randomNoise',
  title: 'RandomNoise',
  doc: 'While training, adds noise to each image, of a strength of its own, within the value range, which is by default that of each batch.',
  reference: 'Bishop 1995, https://doi.org/10.1162/neco.1995.7.1.108',
  formula:
    'y = clip(x + s (high − low) n, low, high)\nn has mean 0 and variance 1 at every pixel, s from lower to factor',
  conventions: {
    keras: 'GaussianNoise(stddev), of one strength and without limits',
    pytorch: 'torchvision.transforms.v2.GaussianNoise(0, sigma), of one strength',
    matlab: 'imnoise(x, "gaussian")',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: upperEnd(
      'Factor',
      'The greatest standard deviation of the noise as a fraction of the value range.',
      0.1,
      [0.02, 0.3],
      bounds,
    ),
    lower: lowerEnd('Lower', 'The smallest standard deviation.', '0', bounds),
    valueRange,
  },
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, uniform, normal, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const { planes } = planesOf(g, images)
    const range = rangeOf(context, planes)
    const strength = between(g, scalar('factor'), params.lower, nothing, uniform(perImage(images)))
    const deviation = g.Mul(strength, g.Sub(range.high, range.low))
    const noise = g.Mul(normal(planes.shape), deviation)
    return channelsLast(g, within(g, g.Add(planes, noise), range))
  },
})
