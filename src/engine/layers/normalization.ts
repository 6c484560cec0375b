/** What normalizations share: the axes they run over, and the scale and offset they end with. */
import type { LayerContext, ValuesOf } from '../define.ts'
import { formatShape, sizeOf, type Value } from '../graph/graph.ts'
import { flag, number } from '../params.ts'
import { betaParams, gammaParams } from './weights.ts'

export const scaleParams = {
  center: flag({ title: 'Center', doc: 'Add a trained offset (beta).', default: true }),
  scale: flag({ title: 'Scale', doc: 'Multiply by a trained scale (gamma).', default: true }),
  ...gammaParams,
  ...betaParams,
}

export const epsilonParam = (preset: number) =>
  number({
    title: 'Epsilon',
    doc: 'Added to the variance, so that nothing is divided by 0.',
    default: preset,
    min: 0,
    exclusiveMin: true,
    max: 1,
    scale: 'log',
  })

/** An axis of a value counted from the front; fails on one it has not, on the batch's, and where the size is not known. */
export function axisOf(
  {
    from,
    params,
    fail,
  }: Pick<LayerContext, 'from' | 'fail'> & {
    readonly params: { readonly axis: number | readonly number[] }
  },
  x: Value,
  axis: number,
): { readonly axis: number; readonly size: number } {
  const rank = x.shape.length
  const normal = axis < 0 ? axis + rank : axis
  const size = x.shape[normal]
  if (normal < 1 || typeof size !== 'number')
    return fail(
      `normalizes axis ${axis}, but ${from[0] ?? 'its input'} gives ${formatShape(x.shape)}; choose 1 to ${rank - 1}, or -1 for the last`,
      'axis',
      { set: { axis: typeof params.axis === 'number' ? -1 : [-1] } },
    )
  return { axis: normal, size }
}

/** gamma and beta of these sizes; null where the settings leave one out. */
export function scaleOf(
  { params, weight }: Pick<LayerContext, 'weight'> & { readonly params: ValuesOf<typeof scaleParams> },
  shape: readonly number[],
): { readonly gamma: Value | null; readonly beta: Value | null } {
  const gamma = params.scale
    ? weight('gamma', {
        shape,
        initializer: params.gammaInitializer,
        regularizers: params.gammaRegularizers,
        constraints: params.gammaConstraints,
      })
    : null
  const beta = params.center
    ? weight('beta', {
        shape,
        initializer: params.betaInitializer,
        regularizers: params.betaRegularizers,
        constraints: params.betaConstraints,
      })
    : null
  return { gamma, beta }
}

/** A weight against values of this rank: its elements lie along these axes. */
export function broadcastAlong(
  { g }: Pick<LayerContext, 'g'>,
  weight: Value,
  axes: readonly number[],
  rank: number,
): Value {
  const last = axes.every((axis, index) => axis === rank - axes.length + index)
  if (last && weight.shape.length === axes.length) return weight
  const sizes = axes.map((_, index) => sizeOf([weight.shape[index] ?? 1]))
  return g.Reshape(
    weight,
    Array.from({ length: rank }, (_, axis) => sizes[axes.indexOf(axis)] ?? 1),
  )
}
