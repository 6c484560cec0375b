/** What pooling layers have in common. */
import type { LayerContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { flag, shape } from '../params.ts'
import { channelsFirst, channelsLast, perAxis, placesOf, type Rank } from './places.ts'
import { paddingParam, padsOf } from './window.ts'

export const poolingParams = (rank: Rank) => ({
  poolSize: shape({
    title: 'Pool size',
    doc: 'How many places become one along each axis.',
    default: perAxis(rank, 2),
    length: rank,
  }),
  strides: shape({
    title: 'Strides',
    doc: 'How far the window moves at a time along each axis; left empty, by its own size.',
    default: [],
    length: rank,
  }),
  padding: paddingParam,
})

/** Each channel's maximum or average over every place of the window; averages count no padding. */
export function buildPooling(
  context: LayerContext<ReturnType<typeof poolingParams>>,
  rank: Rank,
  op: 'MaxPool' | 'AveragePool',
): Value {
  const { g, params } = context
  const places = placesOf(context, rank)
  const kernel = params.poolSize
  const strides = params.strides.length > 0 ? params.strides : kernel
  const pads = padsOf(context, places, { kernel, strides, dilations: perAxis(rank, 1) }, params.padding)
  return channelsLast(g, g[op](channelsFirst(g, places.x), { kernelShape: kernel, strides, pads }))
}

export const globalPoolingParams = {
  keepdims: flag({
    title: 'Keep axes',
    doc: 'Keep the axes that were reduced, with one place each.',
    default: false,
  }),
}

/** Each channel's maximum or average over all places. */
export function buildGlobalPooling(
  context: LayerContext<typeof globalPoolingParams>,
  rank: Rank,
  op: 'GlobalMaxPool' | 'GlobalAveragePool',
): Value {
  const { g, params } = context
  const pooled = g[op](channelsFirst(g, placesOf(context, rank).x))
  return params.keepdims ? channelsLast(g, pooled) : g.Flatten(pooled)
}
