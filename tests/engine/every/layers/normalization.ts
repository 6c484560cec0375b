/** Cases of the normalizations. */
import type { Shape } from '#engine/graph/graph.ts'
import { mean, randoms } from '../../../support/reals.ts'
import { forEachPosition } from '../../../support/float64/array.ts'
import type { Case, Cases, Given } from './case.ts'
import { fill, list } from './places.ts'

/** Each element of x with all those that share its key: what they are normalized by. */
function standardized(
  { inputs, params }: Given,
  keyOf: (position: readonly number[]) => string,
  center = true,
): Float64Array {
  const { shape, data } = inputs[0]!
  const groups = new Map<string, number[]>()
  forEachPosition(shape, (position, index) => {
    const key = keyOf(position)
    groups.set(key, [...(groups.get(key) ?? []), data[index]!])
  })
  const statistics = new Map(
    [...groups].map(([key, values]) => {
      const middle = center ? mean(values) : 0
      return [key, { middle, variance: mean(values.map((value) => (value - middle) ** 2)) }]
    }),
  )
  const result = new Float64Array(data.length)
  forEachPosition(shape, (position, index) => {
    const { middle, variance } = statistics.get(keyOf(position))!
    result[index] = (data[index]! - middle) / Math.sqrt(variance + Number(params['epsilon']))
  })
  return result
}

/** γ x̂ + β, the weight's element found by the position. */
function scaled(given: Given, x: Float64Array, at: (position: readonly number[]) => number): Float64Array {
  const { gamma, beta, scale } = given.weights
  let index = 0
  return fill(given.shape, (position) => {
    const own = at(position)
    return x[index++]! * (gamma?.data[own] ?? scale?.data[own] ?? 1) + (beta?.data[own] ?? 0)
  })
}

const axisIn = (axis: unknown, rank: number): number => (Number(axis) < 0 ? Number(axis) + rank : Number(axis))

function batch(...shape: Shape): (axis: number) => Case {
  return (axis) => ({
    inputs: [shape],
    params: { axis },
    settings: 3,
    modes: true,
    output: () => shape,
    weight: (name, count) => randoms(name, count, name === 'movingVariance' ? 0.3 : -1, 2),
    formula: (given) => {
      const at = axisIn(axis, shape.length)
      const { movingMean, movingVariance } = given.weights
      if (given.training)
        return scaled(
          given,
          standardized(given, (position) => String(position[at])),
          (position) => position[at]!,
        )
      const x = given.inputs[0]!
      const known = x.data.slice()
      forEachPosition(x.shape, (position, index) => {
        const channel = position[at]!
        const deviation = Math.sqrt(movingVariance!.data[channel]! + Number(given.params['epsilon']))
        known[index] = (x.data[index]! - movingMean!.data[channel]!) / deviation
      })
      return scaled(given, known, (position) => position[at]!)
    },
  })
}

/** Over some axes of each row; the weights have these axes. */
const rowwise =
  (center: boolean) =>
  (axes: readonly number[], ...shape: Shape): Case => ({
    inputs: [shape],
    params: { axis: axes },
    settings: 3,
    output: () => shape,
    formula: (given) => {
      const own = list(given.params['axis'])
        .map((axis) => axisIn(axis, shape.length))
        .toSorted()
      const x = standardized(given, (position) => position.filter((_, axis) => !own.includes(axis)).join(), center)
      return scaled(given, x, (position) =>
        own.reduce((index, axis) => index * Number(shape[axis]) + position[axis]!, 0),
      )
    },
  })
const layer = rowwise(true)
const rms = rowwise(false)

function group(groups: number, axis: number, ...shape: Shape): Case {
  return {
    inputs: [shape],
    params: { groups, axis },
    settings: 3,
    output: () => shape,
    formula: (given) => {
      const at = axisIn(axis, shape.length)
      const channels = Number(shape[at])
      const size = groups === -1 ? 1 : channels / groups
      const x = standardized(given, (position) => `${position[0]} ${Math.floor(position[at]! / size)}`)
      return scaled(given, x, (position) => position[at]!)
    },
  }
}

export const normalizationCases: Cases = {
  batchNormalization: [
    batch('batch', 3)(-1),
    batch('batch', 4, 2)(-1),
    batch('batch', 3, 2)(1),
    batch('batch', 2, 3, 2)(-1),
    batch('batch', 2, 3, 2)(2),
  ],
  layerNormalization: [
    layer([-1], 'batch', 4),
    layer([-1], 'batch', 2, 3),
    layer([1], 'batch', 3, 2),
    layer([1, 2], 'batch', 2, 3),
    layer([-3, -1], 'batch', 2, 3, 2),
  ],
  groupNormalization: [
    group(2, -1, 'batch', 4),
    group(2, -1, 'batch', 3, 4),
    group(3, -1, 'batch', 2, 2, 3),
    group(-1, -1, 'batch', 2, 2, 2),
    group(1, 1, 'batch', 2, 3),
    group(2, 2, 'batch', 2, 4, 1),
  ],
  rmsNormalization: [rms([-1], 'batch', 4), rms([-1], 'batch', 2, 3), rms([-2, -1], 'batch', 2, 2, 3)],
}
