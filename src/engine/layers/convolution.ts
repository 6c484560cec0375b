/** Convolution over steps or images: what Conv1D and Conv2D have in common. */
import { activationKinds } from '../activations.ts'
import type { LayerContext, ValuesOf } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { choice, flag, integer } from '../params.ts'
import { divisorOf } from './divisor.ts'
import { channelsFirst, channelsLast, placesOf, type Rank } from './places.ts'
import { activityParams, biasParams, kernelParams } from './weights.ts'
import { dilationRateParam, kernelSizeParam, padsOf, stridesParam, type Padding } from './window.ts'

export const filtersParam = integer({
  title: 'Filters',
  doc: 'How many channels come out.',
  default: 32,
  min: 1,
  max: 1_000_000,
})

export const activationParams = {
  activation: choice({
    title: 'Activation',
    doc: 'What is applied to each result.',
    default: 'linear',
    options: activationKinds,
  }),
  useBias: flag({ title: 'Bias', doc: 'Add a trained constant to each channel.', default: true }),
}

export const convolutionParams = (rank: Rank) => ({
  filters: filtersParam,
  kernelSize: kernelSizeParam(rank),
  strides: stridesParam(rank),
  dilationRate: dilationRateParam(rank),
  groups: integer({
    title: 'Groups',
    doc: 'Into how many parts the channels are split, each with filters of its own.',
    default: 1,
    min: 1,
    max: 1_000_000,
  }),
  ...activationParams,
  ...kernelParams,
  ...biasParams,
  ...activityParams,
})

type Context = Omit<LayerContext<ReturnType<typeof convolutionParams>>, 'params'> & {
  readonly params: ValuesOf<ReturnType<typeof convolutionParams>> & { readonly padding: Padding }
}

/** y[o, m] = activation(Σ_k,c x[o · stride + k · dilation - pad, c] kernel[k, c, m] + bias[m]), c the channels of m's group. */
export function buildConvolution(context: Context, rank: Rank): Value {
  const { g, params, weight, activity, activation, name, from, fail } = context
  const places = placesOf(context, rank)
  const { filters, groups } = params
  if (places.channels % groups !== 0)
    return fail(
      `splits ${places.channels} channels of ${from[0] ?? 'its input'} into ${groups} groups; choose a number that divides ${places.channels}`,
      'groups',
      { set: { groups: divisorOf(places.channels, groups) } },
    )
  if (filters % groups !== 0)
    return fail(
      `shares ${filters} filters among ${groups} groups; give ${name} a multiple of ${groups} filters`,
      'filters',
      { set: { filters: Math.ceil(filters / groups) * groups } },
    )
  const window = { kernel: params.kernelSize, strides: params.strides, dilations: params.dilationRate }
  const pads = padsOf(context, places, window, params.padding)
  const kernel = weight('kernel', {
    shape: [...params.kernelSize, places.channels / groups, filters],
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
  const { strides, dilations } = window
  const product = g.Conv(channelsFirst(g, places.x), filter, bias, { strides, pads, dilations, group: groups })
  const y = activation(params.activation, channelsLast(g, product))
  activity(y, params.activityRegularizers)
  return y
}
