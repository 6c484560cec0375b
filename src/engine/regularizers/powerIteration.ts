/** The spectral norm of a weight by power iteration, from a vector that is kept from step to step. */
import type { NumberParam, RegularizerDefinition, WeightRequest } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { integer } from '../params.ts'
import { matrixOf } from './gram.ts'

export const powerIterations: NumberParam = integer({
  title: 'Power iterations',
  doc: 'How many rounds of power iteration each step goes on from the last; one is enough while weights change slowly.',
  default: 1,
  min: 1,
  max: 100,
  sensible: [1, 5],
})

type TransformContext = Parameters<NonNullable<RegularizerDefinition['transform']>>[0]

const direction = (g: Builder, x: Value): Value => {
  const squares = g.ReduceSumSquare(x, [1], true)
  return g.Div(x, g.Sqrt(g.Max(squares, g.scalar(1e-30))))
}

/**
 * v W of a weight W [what enters, units], [1, units], whose norm is σ(W): from the vector u that the technique keeps,
 * v ← u Wᵀ / ‖u Wᵀ‖, u ← v W / ‖v W‖ so many times over; the last u is kept. v counts as constant, so that the gradient of
 * ‖v W‖ is vᵀu, which that of σ is at its singular vectors.
 */
export function largestImage(
  { g, weight, parameter, update }: Pick<TransformContext, 'g' | 'weight' | 'parameter' | 'update'>,
  iterations: number,
): Value {
  const matrix = matrixOf(g, weight)
  const request: WeightRequest = {
    shape: [1, Number(matrix.shape[1])],
    initializer: { kind: 'randomNormal', params: { mean: 0, stddev: 1 } },
    trainable: false,
  }
  const before = parameter('u', request)
  let vector = before
  let image = before
  for (let round = 0; round < iterations; round++) {
    const left = direction(g, g.Gemm(vector, matrix, null, { transB: true }))
    image = g.Gemm(g.detached(left), matrix)
    vector = direction(g, g.detached(image))
  }
  // A weight of zeros has no direction, and keeps the vector it had.
  update('u', g.Where(g.Greater(g.ReduceSumSquare(image, null), g.scalar(0)), vector, before))
  return image
}
