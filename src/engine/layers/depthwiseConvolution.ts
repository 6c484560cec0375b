/** Convolution of each channel by itself: what DepthwiseConv1D and DepthwiseConv2D have in common, and the first half of SeparableConv. */
import type { LayerContext, ValuesOf } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { integer } from '../params.ts'
import { activationParams } from './convolution.ts'
import { channelsFirst, channelsLast, placesOf, type Places, type Rank } from './places.ts'
import { activityParams, biasParams, depthwiseParams } from './weights.ts'
import { dilationRateParam, kernelSizeParam, paddingParam, padsOf, stridesParam } from './window.ts'

export const depthwiseWindowParams = (rank: Rank) => ({
  kernelSize: kernelSizeParam(rank),
  strides: stridesParam(rank),
  padding: paddingParam,
  depthMultiplier: integer({
    title: 'Depth multiplier',
    doc: 'How many filters each channel has.',
    default: 1,
    min: 1,
    max: 1_000_000,
  }),
  dilationRate: dilationRateParam(rank),
})

export const depthwiseConvolutionParams = (rank: Rank) => ({
  ...depthwiseWindowParams(rank),
  ...activationParams,
  ...depthwiseParams,
  ...biasParams,
  ...activityParams,
})

type WindowContext = Pick<LayerContext, 'g' | 'weight' | 'from' | 'fail'> & {
  readonly params: ValuesOf<ReturnType<typeof depthwiseWindowParams> & typeof depthwiseParams>
}

/** y[o, c · n + m] = Σ_k x[o · stride + k · dilation - pad, c] kernel[k, c, m] + bias, n the multiplier; channels first. */
export function convolveEach(
  { g, weight, params, from, fail }: WindowContext,
  places: Places,
  name: string,
  biasOf: () => Value | null,
): Value {
  const { kernelSize, strides, depthMultiplier } = params
  const window = { kernel: kernelSize, strides, dilations: params.dilationRate }
  const pads = padsOf({ from, fail }, places, window, params.padding)
  const kernel = weight(name, {
    shape: [...kernelSize, places.channels, depthMultiplier],
    initializer: params.depthwiseInitializer,
    regularizers: params.depthwiseRegularizers,
    constraints: params.depthwiseConstraints,
  })
  const rank = places.sizes.length
  const each = g.Transpose(kernel, [rank, rank + 1, ...places.sizes.map((_, axis) => axis)])
  const filter = g.Reshape(each, [places.channels * depthMultiplier, 1, ...kernelSize])
  return g.Conv(channelsFirst(g, places.x), filter, biasOf(), {
    strides,
    pads,
    dilations: window.dilations,
    group: places.channels,
  })
}

export function buildDepthwiseConvolution(
  context: LayerContext<ReturnType<typeof depthwiseConvolutionParams>>,
  rank: Rank,
): Value {
  const { g, params, weight, activity, activation } = context
  const places = placesOf(context, rank)
  const product = convolveEach(context, places, 'kernel', () =>
    params.useBias
      ? weight('bias', {
          shape: [places.channels * params.depthMultiplier],
          initializer: params.biasInitializer,
          regularizers: params.biasRegularizers,
          constraints: params.biasConstraints,
        })
      : null,
  )
  const y = activation(params.activation, channelsLast(g, product))
  activity(y, params.activityRegularizers)
  return y
}
