/** The way back through a convolution, over steps or images: what Conv1DTranspose and Conv2DTranspose have in common. */
import type { LayerContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { shape } from '../params.ts'
import { activationParams, filtersParam } from './convolution.ts'
import { channelsFirst, channelsLast, placesOf, type Rank } from './places.ts'
import { activityParams, biasParams, kernelParams } from './weights.ts'
import {
  checkSteps,
  dilationRateParam,
  extentOf,
  kernelSizeParam,
  paddingParam,
  stridesParam,
  type Window,
} from './window.ts'

export const transposedConvolutionParams = (rank: Rank) => ({
  filters: filtersParam,
  kernelSize: kernelSizeParam(rank),
  strides: stridesParam(rank),
  padding: paddingParam,
  outputPadding: shape({
    title: 'Output padding',
    doc: 'How many places are added at the end of each axis; left empty, as many as the strides need.',
    default: [],
    min: 0,
    length: rank,
  }),
  dilationRate: dilationRateParam(rank),
  ...activationParams,
  ...kernelParams,
  ...biasParams,
  ...activityParams,
})

type Context = LayerContext<ReturnType<typeof transposedConvolutionParams>>

/** Keras' size of an axis after the way back: size · stride, or what the window covers, unless the output padding says else. */
function lengthOf(size: number, extent: number, stride: number, same: boolean, added: number | undefined): number {
  const reached = (size - 1) * stride
  if (same) return added === undefined ? size * stride : reached + (extent % 2) + added
  return reached + (added === undefined ? Math.max(extent, stride) : extent + added)
}

/** The input gradient of a convolution with these settings, as TensorFlow places it. */
export function buildTransposedConvolution(context: Context, rank: Rank): Value {
  const { g, params, weight, activity, activation, name, fail } = context
  const places = placesOf(context, rank)
  const { filters, strides, kernelSize, outputPadding } = params
  const window: Window = { kernel: kernelSize, strides, dilations: params.dilationRate }
  checkSteps(fail, window)
  if (outputPadding.some((added, axis) => added >= (strides[axis] ?? 1)))
    return fail(
      `adds ${outputPadding.join(', ')} places at the end with strides ${strides.join(', ')}; add less than one stride, or leave it empty`,
      'outputPadding',
      { set: { outputPadding: [] } },
    )
  // What a convolution over the output would be padded with; below 0, places that none of its windows reaches.
  const totals = places.sizes.map((size, axis) => {
    const [extent, stride] = [extentOf(window, axis), strides[axis] ?? 1]
    const length = lengthOf(size, extent, stride, params.padding === 'same', outputPadding[axis])
    if (params.padding === 'same' && Math.ceil(length / stride) !== size)
      return fail(
        `makes ${length} places of ${size} along axis ${axis + 1}, which strides of ${stride} do not lead back from; leave the output padding of ${name} empty`,
        'outputPadding',
        { set: { outputPadding: [] } },
      )
    return (size - 1) * stride + extent - length
  })
  const begins = totals.map((total) => Math.floor(Math.max(total, 0) / 2))
  const kernel = weight('kernel', {
    shape: [...kernelSize, filters, places.channels],
    initializer: params.kernelInitializer,
    regularizers: params.kernelRegularizers,
    constraints: params.kernelConstraints,
  })
  const bias = params.useBias
    ? weight('bias', {
        shape: [filters],
        initializer: params.biasInitializer,
        regularizers: params.biasRegularizers,
        constraints: params.biasConstraints,
      })
    : null
  const filter = g.Transpose(kernel, [rank + 1, rank, ...places.sizes.map((_, axis) => axis)])
  const spread = g.ConvTranspose(channelsFirst(g, places.x), filter, bias, {
    strides,
    dilations: window.dilations,
    pads: [...begins, ...totals.map((total, axis) => Math.max(total, 0) - (begins[axis] ?? 0))],
    outputPadding: totals.map((total) => Math.max(-total, 0)),
  })
  const y = activation(params.activation, channelsLast(g, spread))
  activity(y, params.activityRegularizers)
  return y
}
