/** Variance scaling: what glorot, he and lecun have in common (Keras' VarianceScaling). */
import { defineInitializer, type InitializerDefinition } from '../define.ts'
import type { RandomStream } from '../random.ts'
import { sizeOf } from '../graph/graph.ts'

type Mode = 'in' | 'out' | 'average'

/** Standard deviation of a standard normal cut at ±2: Keras divides by it so that the cut keeps the variance. */
const truncatedDeviation = 0.87962566103423978

/** A standard normal number, drawn again while it lies beyond ±2. */
function truncatedNormal(random: RandomStream): number {
  for (;;) {
    const value = random.normal()
    if (Math.abs(value) <= 2) return value
  }
}

/** An initializer of variance scale / fan, uniform or truncated normal. */
export function scaling(options: {
  readonly kind: string
  readonly title: string
  readonly doc: string
  readonly reference: string
  readonly scale: number
  readonly mode: Mode
  readonly distribution: 'uniform' | 'normal'
}): InitializerDefinition {
  const { scale, mode, distribution, ...about } = options
  return defineInitializer({
    ...about,
    params: {},
    fill: ({ shape, fanIn, fanOut, random }) => {
      const fan = { in: fanIn, out: fanOut, average: (fanIn + fanOut) / 2 }[mode]
      const variance = scale / Math.max(1, fan)
      const limit = Math.sqrt(3 * variance)
      const deviation = Math.sqrt(variance) / truncatedDeviation
      return Float32Array.from({ length: sizeOf(shape) }, () =>
        distribution === 'uniform' ? (2 * random.uniform() - 1) * limit : truncatedNormal(random) * deviation,
      )
    },
  })
}
