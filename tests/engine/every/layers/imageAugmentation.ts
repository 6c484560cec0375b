/** Cases of the augmentation of images, each by a slow walk over pixels given what the layer drew. */
import type { Numbers } from '../../../support/evaluate64.ts'
import { sum } from '../../../support/reals.ts'
import { type Case, type Cases, type Given } from './case.ts'
import {
  brighter,
  contrasted,
  equalized,
  flat,
  grey,
  imagesOf,
  inside,
  mapped,
  movedTo,
  paled,
  posterized,
  recoloured,
  sharpened,
  solarized,
  stretched,
  turned,
  each,
  type Bounds,
  type Filling,
  type Image,
  type Place,
} from './images.ts'
import { list } from './places.ts'

/** What was drawn for one image, in order, and what it has to do with the others. */
interface Drawn {
  /** The first number of a draw for this image. */
  draw(index: number): number
  /** All of them. */
  draws(index: number): number[]
  readonly params: Given['params']
  /** The value range given, or that of the batch. */
  readonly range: Bounds
  /** A number between the ends: `lower` is what the lower one is called, `implied` what it is where it has none. */
  between(upper: string, lower: string, implied: (upper: number) => number, unit: number): number
}

function drawnFor(image: number, { inputs: [x], masks, params }: Given): Drawn {
  const draws = (index: number): number[] => {
    const { data, shape } = masks[index] as Numbers
    const size = data.length / shape[0]!
    return Array.from(data.slice(image * size, (image + 1) * size))
  }
  const [low, high] = list(params['valueRange'])
  return {
    params,
    draws,
    draw: (index) => draws(index)[0]!,
    range: { low: low ?? Math.min(...x!.data), high: high ?? Math.max(...x!.data) },
    between: (upper, lower, implied, unit) => {
      const most = Number(params[upper])
      const least = params[lower] === null ? implied(most) : Number(params[lower])
      return least * (1 - unit) + most * unit
    },
  }
}

type Change = (image: Image, drawn: Drawn) => Image

/** Images of 4 rows and 5 columns, for which this is what becomes of one of them while training. */
function augmented(change: Change, channels = 3, params: Case['params'] = {}, size = [4, 5]): Case {
  const shape = ['batch', ...size, channels]
  return {
    inputs: [shape],
    params,
    output: () => shape,
    formula: (given) => {
      const x = given.inputs[0]!
      if (!given.training) return x.data
      return flat(imagesOf(x).map((image, index) => change(image, drawnFor(index, given))))
    },
  }
}

/** Numbers in the middle between levels of posterization, and both ends, so that a small change does not cross a level. */
const levels = (_: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_value, at) => (at === 0 ? 0 : at === 1 ? 255 : ((at * 97) % 255) + 0.5) / 64)

const both = (change: Change, params: Case['params'] = {}): Case[] => [
  augmented(change, 3, params),
  augmented(change, 1, { valueRange: [-1.5, 1.25], ...params }),
]

const filling = (params: Given['params']): Filling => ({
  fillMode: String(params['fillMode']),
  interpolation: String(params['interpolation']),
  fillValue: Number(params['fillValue']),
})

const opposite = (upper: number): number => -upper
const zero = () => 0

/** Images moved with every way to go on outside. */
const moving = (place: (image: Image, drawn: Drawn) => Place, params: Case['params'] = {}): Case[] => [
  augmented((image, drawn) => movedTo(image, place(image, drawn), filling(drawn.params)), 2, params),
  ...['wrap', 'constant', 'nearest', 'reflect'].map((fillMode) => ({
    ...augmented((image, drawn) => movedTo(image, place(image, drawn), filling(drawn.params)), 1, {
      fillMode,
      fillValue: 0.75,
      ...params,
    }),
    settings: 4,
  })),
]

const randomRotation = moving((image, { between, draw }) =>
  turned(image, 2 * Math.PI * between('factor', 'lower', opposite, draw(0))),
)

const randomTranslation = moving((image, { between, draw }) => {
  const down = between('heightFactor', 'heightLower', opposite, draw(0)) * image.length
  const right = between('widthFactor', 'widthLower', opposite, draw(1)) * image[0]!.length
  return (row, column) => [row - down, column - right]
})

const randomZoom = moving((image, { between, draw, params }) => {
  const height = 1 + between('heightFactor', 'heightLower', opposite, draw(0))
  const width = params['widthFactor'] === null ? height : 1 + between('widthFactor', 'widthLower', opposite, draw(1))
  const [down, across] = [(image.length - 1) / 2, (image[0]!.length - 1) / 2]
  return (row, column) => [(row - down) * height + down, (column - across) * width + across]
})

const randomShear = moving((_, { between, draw }) => {
  const across = draw(0) === 1 ? 1 : -1
  const x = across * between('xFactor', 'xLower', opposite, draw(1))
  const y = across * between('yFactor', 'yLower', opposite, draw(2))
  return (row, column) => [row + y * column, column + x * row]
})

const randomFlip = ['horizontal', 'vertical', 'horizontal_and_vertical'].map((mode) =>
  augmented(
    (image, { draw }) => {
      const across = mode !== 'vertical' && draw(0) === 1
      const down = mode !== 'horizontal' && draw(mode === 'vertical' ? 0 : 1) === 1
      const [rows, columns] = [image.length, image[0]!.length]
      return mapped(
        image,
        (_, row, column) => image[down ? rows - 1 - row : row]![across ? columns - 1 - column : column]!,
      )
    },
    2,
    { mode },
  ),
)

const randomCrop: Case = {
  ...augmented((image) => image, 2, { height: 2, width: 3 }),
  output: ({ height, width }) => ['batch', Number(height), Number(width), 2],
  formula: (given) =>
    flat(
      imagesOf(given.inputs[0]!).map((image, index) => {
        const places = (draw: number, free: number) =>
          given.training ? Math.floor(drawnFor(index, given).draw(draw) * (free + 1)) : Math.floor(free / 2)
        const [top, left] = [places(0, 2), places(1, 2)]
        return image.slice(top, top + 2).map((line) => line.slice(left, left + 3))
      }),
    ),
}

const randomBrightness = both((image, { between, draw, range }) =>
  brighter(image, between('factor', 'lower', opposite, draw(0)), range),
)

const randomContrast = both((image, { params, draw, range }) => {
  const more = Number(params['factor'])
  const less = params['lower'] === null ? more : Number(params['lower'])
  return contrasted(image, 1 - less + (more + less) * draw(0), range)
})

const randomSaturation = augmented((image, { between, draw, range }) => {
  const unit = between('factor', 'lower', (upper) => 1 - upper, draw(0))
  return mapped(image, (pixel) =>
    recoloured(pixel, range, ([hue, saturation, value]) => [
      hue,
      Math.min(1, (saturation * unit) / (1 - unit + 1e-7)),
      value,
    ]),
  )
})

const randomHue = augmented((image, { between, draw, range }) => {
  const turn = (between('factor', 'lower', zero, draw(0)) / 2) * (draw(1) === 1 ? 1 : -1)
  return mapped(image, (pixel) =>
    recoloured(pixel, range, ([hue, saturation, value]) => [hue + turn, saturation, value]),
  )
})

const randomGrayscale = augmented((image, { draw, params }) =>
  draw(0) < Number(params['factor']) ? mapped(image, (pixel) => pixel.map(() => grey(pixel))) : image,
)

const randomInvert = both((image, { draw, params, range }) =>
  draw(0) < Number(params['factor']) ? each(image, (value) => range.low + range.high - value) : image,
)

const solarization = both((image, { between, draw, range }) =>
  solarized(
    image,
    between('additionFactor', 'additionLower', zero, draw(0)),
    between('thresholdFactor', 'thresholdLower', zero, draw(1)),
    range,
  ),
)

const randomPosterization: Case[] = [
  ...both((image, { params, draw, range }) => {
    const most = Number(params['factor'])
    const fewest = params['lower'] === null ? most : Math.min(most, Number(params['lower']))
    return posterized(image, fewest + Math.floor(draw(0) * (most - fewest + 1)), range)
  }),
].map((each) => ({ ...each, params: { valueRange: [0, 255 / 64] }, draw: levels }))

const randomNoise = both((image, { between, draw, draws, range }) => {
  const deviation = between('factor', 'lower', zero, draw(0)) * (range.high - range.low)
  const noise = draws(1)
  return mapped(image, (pixel, row, column) =>
    pixel.map((value, channel) =>
      inside(value + deviation * noise[(channel * image.length + row) * image[0]!.length + column]!, range),
    ),
  )
})

const randomGaussianBlur = [
  [3, 3],
  [5, 1],
].map((kernelSize) =>
  augmented(
    (image, { between, draw, params }) => {
      if (draw(2) >= Number(params['factor'])) return image
      const [across, down] = kernelSize.map((size, index) => {
        const deviation = between('sigma', 'sigmaLower', zero, draw(1 - index)) + 1e-6
        const offsets = Array.from({ length: size }, (_, at) => at - (size - 1) / 2)
        const weights = offsets.map((offset) => Math.exp(-(offset ** 2) / (2 * deviation ** 2)))
        return offsets.map((offset, at) => [offset, weights[at]! / sum(weights)] as const)
      })
      return mapped(image, (pixel, row, column) =>
        pixel.map((_, channel) =>
          sum(
            down!.flatMap(([r, a]) => across!.map(([c, b]) => a * b * (image[row + r]?.[column + c]?.[channel] ?? 0))),
          ),
        ),
      )
    },
    2,
    { kernelSize },
  ),
)

const randomErasing = both((image, { draw, draws, params, range }) => {
  const [least, most] = list(params['scale'])
  const side = (size: number, index: number) => {
    const length = Math.sqrt(least! + (most! - least!) * draw(index)) * size
    const begin = draw(index + 1) * (size - length)
    return (at: number) => at >= begin && at < begin + length
  }
  const [down, across] = [side(image.length, 0), side(image[0]!.length, 2)]
  if (draw(4) >= Number(params['factor'])) return image
  const noise = params['fillValue'] === null ? draws(5) : []
  return mapped(image, (pixel, row, column) =>
    pixel.map((value, channel) => {
      if (!down(row) || !across(column)) return value
      const unit = noise[(channel * image.length + row) * image[0]!.length + column]
      return unit === undefined ? Number(params['fillValue']) : range.low + unit * (range.high - range.low)
    }),
  )
})

const cutOut = augmented((image, { draw, params }) => {
  const size = Number(params['size'])
  if (draw(2) >= Number(params['factor'])) return image
  const begin = (pixels: number, index: number) => Math.floor(draw(index) * pixels) - Math.floor(size / 2)
  const [top, left] = [begin(image.length, 0), begin(image[0]!.length, 1)]
  const covers = (at: number, first: number) => at >= first && at < first + size
  return mapped(image, (pixel, row, column) =>
    covers(row, top) && covers(column, left) ? pixel.map(() => Number(params['fillValue'])) : pixel,
  )
})

/** One of the operations of RandAugment, as five draws from `first` on choose it. */
function operated(image: Image, drawn: Drawn, first: number, enhances: boolean, idle: boolean): Image {
  const { draw, between, range, params } = drawn
  const [plain, second] = [1, 2].map((index) => between('factor', 'lower', zero, draw(first + index)))
  const signed = plain! * (draw(first + 3) === 1 ? 1 : -1)
  const other = second! * (draw(first + 4) === 1 ? 1 : -1)
  const how = { fillMode: 'reflect', fillValue: 0, interpolation: String(params['interpolation']) }
  const moved = (place: Place) => movedTo(image, place, how)
  const [down, across] = [(image.length - 1) / 2, (image[0]!.length - 1) / 2]
  const operations: (() => Image)[] = [
    () => moved((r, c) => [r + 0.3 * other * (c - across), c + 0.3 * signed * (r - down)]),
    () => moved((r, c) => [r - 0.3 * other * image.length, c - 0.3 * signed * image[0]!.length]),
    () => moved(turned(image, (signed * Math.PI) / 6)),
    () => posterized(image, 8 - Math.round(4 * plain!), range),
    () => solarized(image, 0, 1 - plain!, range),
    () => stretched(image, range),
    () => equalized(image, range),
    ...(enhances
      ? [
          () => each(image, (value) => inside(range.low + (value - range.low) * (1 + 0.9 * signed), range)),
          () => paled(image, 0.9 * signed, range),
          () => contrasted(image, 1 + 0.9 * signed, range),
          () => sharpened(image, 1 + 0.9 * signed, range),
        ]
      : []),
    ...(idle ? [() => image] : []),
  ]
  return operations[Math.floor(draw(first) * operations.length)]!()
}

const randAugment: Case[] = [
  augmented(
    (image, drawn) => {
      const steps = Array.from({ length: Number(drawn.params['numOps']) }, (_, step) => step)
      return steps.reduce((before, step) => operated(before, drawn, 5 * step, true, false), image)
    },
    3,
    { numOps: 1 },
  ),
].map((each) => ({ ...each, draw: levels, settings: 40 }))

/** One chain for each of two versions; then the weights. */
const augMix: Case[] = [1, 2].flatMap((chainDepth) =>
  [true, false].map((allOps) => ({
    ...augmented(
      (image, drawn) => {
        const drawsOfChain = 5 * chainDepth + 1
        // -ln(1 - u) has a gamma distribution of shape 1.
        const gamma = (index: number) => -Math.log(1 - drawn.draw(index))
        const chains = [0, 1].map((chain) => {
          const steps = Array.from({ length: chainDepth }, (_, step) => drawsOfChain * chain + 5 * step)
          return {
            version: steps.reduce((before, first) => operated(before, drawn, first, allOps, true), image),
            weight: gamma(drawsOfChain * (chain + 1) - 1),
          }
        })
        const total = sum(chains.map(({ weight }) => weight))
        const [own, rest] = [gamma(2 * drawsOfChain), gamma(2 * drawsOfChain + 1)]
        return mapped(image, (pixel, row, column) =>
          pixel.map((value, channel) => {
            const versions = chains.map(({ version, weight }) => (weight / total) * version[row]![column]![channel]!)
            return inside((own * value + rest * sum(versions)) / (own + rest), drawn.range)
          }),
        )
      },
      1,
      { numChains: 2, chainDepth, allOps, alpha: 1 },
    ),
    draw: levels,
    settings: 6,
  })),
)

export const imageAugmentationCases: Cases = {
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
  randomShear,
  randomCrop: [randomCrop],
  randomBrightness,
  randomContrast,
  randomSaturation: [randomSaturation],
  randomHue: [randomHue],
  randomGrayscale: [randomGrayscale],
  randomInvert,
  solarization,
  randomPosterization,
  randomNoise,
  randomGaussianBlur,
  randomErasing,
  cutOut: [cutOut],
  randAugment,
  augMix,
}
