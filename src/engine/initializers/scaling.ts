/** Variance scaling: what glorot, he and lecun have in common (Keras' VarianceScaling). */
import { defineInitializer, type Definition, type InitializerDefinition } from '../define.ts'
import { filledBy, truncated } from './distribution.ts'

export type Fan = 'fan_in' | 'fan_out' | 'fan_avg'
export type Distribution = 'uniform' | 'truncated_normal' | 'untruncated_normal'

type Context = Parameters<InitializerDefinition['fill']>[0]

/** Standard deviation of a standard normal cut at ±2: Keras divides by it so that the cut keeps the variance. */
const truncatedDeviation = 0.87962566103423978

/** Numbers of variance scale / fan. */
export function scaled(
  { shape, fanIn, fanOut, random }: Context,
  { scale, mode, distribution }: { readonly scale: number; readonly mode: Fan; readonly distribution: Distribution },
): Float32Array {
  const fan = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 }[mode]
  const variance = scale / Math.max(1, fan)
  switch (distribution) {
    case 'uniform': {
      const limit = Math.sqrt(3 * variance)
      return filledBy(shape, () => (2 * random.uniform() - 1) * limit)
    }
    case 'truncated_normal': {
      const deviation = Math.sqrt(variance) / truncatedDeviation
      return filledBy(shape, () => truncated(random) * deviation)
    }
    case 'untruncated_normal':
      return filledBy(shape, () => random.normal() * Math.sqrt(variance))
  }
}

/** An initializer of variance scale / fan, uniform or truncated normal; Keras has a class for it. */
export function scaling(options: {
  readonly kind: string
  readonly title: string
  readonly doc: string
  readonly reference: string
  readonly formula: string
  readonly conventions?: NonNullable<Definition['conventions']>
  readonly keras: string
  readonly scale: number
  readonly mode: Fan
  readonly distribution: Distribution
}): InitializerDefinition {
  const { scale, mode, distribution, keras, ...about } = options
  return defineInitializer({
    ...about,
    params: {},
    keras: kerasScaling(keras),
    fill: (context) => scaled(context, { scale, mode, distribution }),
  })
}

/** How Keras writes an initializer that scales by the fans it counts itself. */
export const kerasScaling = (name: string) => ({
  class: name,
  only: { input_axes: null, output_axes: null },
  ignored: ['seed'],
})
