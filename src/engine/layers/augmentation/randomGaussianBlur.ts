import { defineLayer } from '../../define.ts'
import type { Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import { shape } from '../../params.ts'
import { channelsLast } from '../places.ts'
import { between, chance, lowerEnd, nothing, probability, upperEnd } from './ends.ts'
import { imagesOf, perImage, planesOf } from './images.ts'

const bounds = { min: 0, max: 1 }

export const randomGaussianBlur = defineLayer({
  kind: 'randomGaussianBlur',
  title: 'RandomGaussianBlur',
  doc: 'While training, blurs some images by a random width; outside of an image there are zeros.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_gaussian_blur/',
  formula:
    'y = Σ over rows and columns of k of exp(−r² / 2σ²) exp(−c² / 2τ²) x[· + r, · + c], divided by the sum of these weights\nσ and τ from lower to sigma for each image, with probability factor; else y = x',
  conventions: {
    keras: 'RandomGaussianBlur((factor, factor), kernelSize, (sigmaLower, sigma)), of one σ and τ for the whole batch',
    pytorch: 'torchvision.transforms.v2.GaussianBlur(kernelSize, (sigmaLower, sigma)), mirrored at the edges',
    matlab: 'imgaussfilt',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    factor: probability(0.5),
    kernelSize: shape({
      title: 'Kernel size',
      doc: 'How many columns and rows a pixel is mixed from: odd numbers.',
      default: [3, 3],
      length: 2,
    }),
    sigma: upperEnd('Sigma', 'The greatest standard deviation of the weights, in pixels.', 1, [0.3, 1], bounds),
    sigmaLower: lowerEnd('Sigma lower', 'The smallest standard deviation.', '0', bounds),
  },
  keras: {
    class: 'RandomGaussianBlur',
    probabilities: ['factor'],
    ranges: { sigma: { lower: 'sigmaLower', implied: nothing } },
    only: { data_format: 'channels_last' },
    ignored: ['seed', 'value_range'],
  },
  conflict: ({ kernelSize }) =>
    kernelSize.every((size) => size % 2 === 1)
      ? null
      : {
          param: 'kernelSize',
          message: 'a pixel has as many neighbours on each side; write odd numbers, such as 3, 3',
        },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const { planes } = planesOf(g, images)
    const [across = 3, down = 3] = params.kernelSize
    const widest = scalar('sigma')
    const deviation = (): Value => between(g, widest, params.sigmaLower, nothing, uniform(perImage(images)))
    const rows = mixing(g, deviation(), images.rows, down)
    const columns = mixing(g, deviation(), images.columns, across)
    const blurred = g.MatMul(g.MatMul(rows, planes), columns)
    return channelsLast(g, g.Where(chance(context, perImage(images), scalar('factor')), blurred, planes))
  },
})

/** The share of each pixel of a line in each other, [batch, 1, size, size], by a kernel of this many pixels. */
function mixing(g: Builder, deviation: Value, size: number, kernel: number): Value {
  const reach = (kernel - 1) / 2
  const line = (numbers: readonly number[], name: string, ...sizes: number[]): Value =>
    g.initializer(name, tensorOf('float32', sizes, numbers))
  const distances = Array.from({ length: kernel }, (_, at) => (at - reach) ** 2)
  const squares = Array.from({ length: size * size }, (_, at) => (Math.floor(at / size) - (at % size)) ** 2)
  const near = squares.map((square) => Number(square <= reach ** 2))
  const wide = g.Add(deviation, g.scalar(1e-6))
  const scale = g.Div(g.scalar(-0.5), g.Mul(wide, wide))
  const total = g.ReduceSum(g.Exp(g.Mul(line(distances, 'distances', 1, 1, 1, kernel), scale)), [3], true)
  const weights = g.Exp(g.Mul(line(squares, 'squares', 1, 1, size, size), scale))
  return g.Mul(weights, g.Div(line(near, 'near', 1, 1, size, size), total))
}
