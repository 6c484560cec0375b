/** Augmentation of images in PyTorch: functions that a module calls while training. */
import type { KerasForm } from '../../define.ts'
import { boolean, number, real, text } from '../python.ts'
import type { AugmentationPiece } from './augmentationPieces.ts'
import { numberOf, numbersOf, type Context, type Writer } from './context.ts'

/** Settings of a layer as Python takes them. */
interface Settings {
  /** A number. */
  one(name: string): string
  /** The two ends of a range, `-0.1, 0.1`. */
  ends(name: string): string
  /** The same as a pair. */
  pair(name: string): string
  readonly params: Context['params']
  /** The value range, None where the batch has it. */
  readonly range: string
  /** Fill mode, interpolation and fill value. */
  readonly filling: string
}

function settingsOf({ layer, params }: Context): Settings {
  const ranges: NonNullable<KerasForm['ranges']> = layer.definition.keras?.ranges ?? {}
  const ends = (name: string): string => {
    const high = numberOf(params[name])
    const range = ranges[name]
    const lower = params[range?.lower ?? 'lower']
    const implied = range ? range.implied.times * high + range.implied.plus : 0
    return `${real(typeof lower === 'number' ? lower : implied)}, ${real(high)}`
  }
  const [low, high] = numbersOf(params.valueRange)
  return {
    one: (name) => number(numberOf(params[name])),
    ends,
    pair: (name) => `(${ends(name)})`,
    params,
    range: low === undefined || high === undefined ? 'None' : `(${real(low)}, ${real(high)})`,
    filling: `(${text(String(params.fillMode))}, ${text(String(params.interpolation))}, ${real(numberOf(params.fillValue))})`,
  }
}

/** A function of this name over channels-first images. */
const changing =
  (piece: AugmentationPiece, written: (settings: Settings) => string): Writer =>
  (context) => ({
    module: `${context.pieces.use('WhileTraining')}(${[context.pieces.use(piece), written(settingsOf(context))].join(', ')})`,
    expression: `${context.self}(${context.xFirst})`,
    first: true,
  })

/** By kind of layer. */
export const augmentations: Readonly<Record<string, Writer>> = {
  randomFlip: changing(
    'random_flip',
    ({ params: { mode } }) => `${boolean(mode !== 'vertical')}, ${boolean(mode !== 'horizontal')}`,
  ),
  randomRotation: changing('random_rotation', ({ ends, filling }) => `${ends('factor')}, ${filling}`),
  randomTranslation: changing(
    'random_translation',
    ({ ends, filling }) => `${ends('heightFactor')}, ${ends('widthFactor')}, ${filling}`,
  ),
  randomZoom: changing(
    'random_zoom',
    ({ pair, params, filling }) =>
      `${pair('heightFactor')}, ${params.widthFactor === null ? 'None' : pair('widthFactor')}, ${filling}`,
  ),
  randomShear: changing('random_shear', ({ pair, filling }) => `${pair('xFactor')}, ${pair('yFactor')}, ${filling}`),
  randomCrop: ({ params, pieces, self, xFirst }) => ({
    module: `${pieces.use('RandomCrop')}(${numberOf(params.height)}, ${numberOf(params.width)})`,
    expression: `${self}(${xFirst})`,
    first: true,
  }),
  randomBrightness: changing('random_brightness', ({ ends, range }) => `${ends('factor')}, ${range}`),
  randomContrast: changing('random_contrast', ({ ends, range }) => `${ends('factor')}, ${range}`),
  randomSaturation: changing('random_saturation', ({ ends, range }) => `${ends('factor')}, ${range}`),
  randomHue: changing('random_hue', ({ ends }) => ends('factor')),
  randomGrayscale: changing('random_grayscale', ({ one }) => one('factor')),
  randomInvert: changing('random_invert', ({ one, range }) => `${one('factor')}, ${range}`),
  solarization: changing(
    'solarization',
    ({ pair, range }) => `${pair('additionFactor')}, ${pair('thresholdFactor')}, ${range}`,
  ),
  randomPosterization: changing('random_posterization', ({ ends, range }) => `${ends('factor')}, ${range}`),
  randomGaussianBlur: changing(
    'random_gaussian_blur',
    ({ one, ends, params }) => `${one('factor')}, (${numbersOf(params.kernelSize).join(', ')}), ${ends('sigma')}`,
  ),
  randomNoise: changing('random_noise', ({ ends, range }) => `${ends('factor')}, ${range}`),
  randomErasing: changing('random_erasing', ({ one, params, range }) => {
    const scale = numbersOf(params.scale).map(real).join(', ')
    const fill = typeof params.fillValue === 'number' ? real(params.fillValue) : 'None'
    return `${one('factor')}, ${scale}, ${fill}, ${range}`
  }),
  cutOut: changing(
    'cut_out',
    ({ one, params }) => `${one('size')}, ${one('factor')}, ${real(numberOf(params.fillValue))}`,
  ),
  randAugment: changing(
    'rand_augment',
    ({ one, ends, params, range }) =>
      `${one('numOps')}, ${ends('factor')}, ${text(String(params.interpolation))}, ${range}`,
  ),
  augMix: changing(
    'aug_mix',
    ({ one, ends, params, range }) =>
      `${one('numChains')}, ${one('chainDepth')}, ${ends('factor')}, ${one('alpha')}, ${boolean(params.allOps === true)}, ${text(String(params.interpolation))}, ${range}`,
  ),
}
