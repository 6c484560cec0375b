/** Layers of noise, and augmentation of tables and series, in PyTorch. */
import { number, text } from '../python.ts'
import { elementwise, numberOf, type Context, type Writer } from './context.ts'
import type { PieceName } from './modules.ts'

const rateOf = ({ params }: Context): string => number(numberOf(params.rate))

/** A module that takes any layout. */
const noise = (module: (context: Context) => string): Writer => elementwise((x, { self }) => `${self}(${x})`, module)

/** A module of PyTorch that wants its channels first. */
const channelwise =
  (module: (context: Context) => string): Writer =>
  (context) => ({ module: module(context), expression: `${context.self}(${context.xFirst})`, first: true })

/** A module that wants its channels last. */
const columnwise =
  (piece: PieceName, settings: (params: Context['params']) => string): Writer =>
  ({ params, pieces, self, x }) => ({
    module: `${pieces.use(piece)}(${settings(params)})`,
    expression: `${self}(${x})`,
    first: false,
  })

/** By kind of layer. */
export const noises: Readonly<Record<string, Writer>> = {
  dropout: noise((context) => `nn.Dropout(${rateOf(context)})`),
  spatialDropout1D: channelwise((context) => `nn.Dropout1d(${rateOf(context)})`),
  spatialDropout2D: channelwise((context) => `nn.Dropout2d(${rateOf(context)})`),
  alphaDropout: noise((context) => `nn.AlphaDropout(${rateOf(context)})`),
  gaussianDropout: noise((context) => `${context.pieces.use('GaussianDropout')}(${rateOf(context)})`),
  gaussianNoise: noise(({ params, pieces }) => `${pieces.use('GaussianNoise')}(${number(numberOf(params.deviation))})`),
  dropBlock: channelwise(
    (context) =>
      `${context.pieces.use('DropBlock')}(${rateOf(context)}, ${number(numberOf(context.params.blockSize))})`,
  ),
  stochasticDepth: noise((context) => `${context.pieces.use('StochasticDepth')}(${rateOf(context)})`),
  swapNoise: noise((context) => `${context.pieces.use('SwapNoise')}(${rateOf(context)})`),
  featureMasking: noise(
    (context) =>
      `${context.pieces.use('FeatureMasking')}(${rateOf(context)}, ${number(numberOf(context.params.fill))})`,
  ),
  jitter: columnwise('Jitter', ({ amount }) => number(numberOf(amount))),
  seriesShift: columnwise('SeriesShift', ({ amount, fill }) => `${number(numberOf(amount))}, ${text(String(fill))}`),
  seriesScale: columnwise('SeriesScale', ({ deviation }) => number(numberOf(deviation))),
  timeWarp: columnwise(
    'TimeWarp',
    ({ deviation, knots }) => `${number(numberOf(deviation))}, ${number(numberOf(knots))}`,
  ),
  seriesCrop: columnwise('SeriesCrop', ({ kept, fit }) => `${number(numberOf(kept))}, ${text(String(fit))}`),
}
