/** Convolution of each channel, then a mixture of the channels: what SeparableConv1D and SeparableConv2D have in common. */
import type { LayerContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { activationParams, filtersParam } from './convolution.ts'
import { convolveEach, depthwiseWindowParams } from './depthwiseConvolution.ts'
import { channelsLast, placesOf, type Rank } from './places.ts'
import { activityParams, biasParams, depthwiseParams, pointwiseParams } from './weights.ts'

export const separableConvolutionParams = (rank: Rank) => ({
  filters: filtersParam,
  ...depthwiseWindowParams(rank),
  ...activationParams,
  ...depthwiseParams,
  ...pointwiseParams,
  ...biasParams,
  ...activityParams,
})

/** z as in DepthwiseConv without bias;  y[o, m] = activation(Σ_c z[o, c] pointwise[c, m] + bias[m]). */
export function buildSeparableConvolution(
  context: LayerContext<ReturnType<typeof separableConvolutionParams>>,
  rank: Rank,
): Value {
  const { g, params, weight, activity, activation } = context
  const places = placesOf(context, rank)
  const ones = places.sizes.map(() => 1)
  const each = convolveEach(context, places, 'depthwiseKernel', () => null)
  const pointwise = weight('pointwiseKernel', {
    shape: [...ones, places.channels * params.depthMultiplier, params.filters],
    initializer: params.pointwiseInitializer,
    regularizers: params.pointwiseRegularizers,
    constraints: params.pointwiseConstraints,
  })
  const bias = params.useBias
    ? weight('bias', {
        shape: [params.filters],
        initializer: params.biasInitializer,
        regularizers: params.biasRegularizers,
        constraints: params.biasConstraints,
      })
    : null
  const mixed = g.Conv(each, g.Transpose(pointwise, [rank + 1, rank, ...ones.map((_, axis) => axis)]), bias)
  const y = activation(params.activation, channelsLast(g, mixed))
  activity(y, params.activityRegularizers)
  return y
}
