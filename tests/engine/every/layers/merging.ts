/** Cases of the layers that combine several inputs, of those with a slope, and of Embedding. */
import type { Shape } from '#engine/graph/graph.ts'
import { sum } from '../../../support/reals.ts'
import { forEachPosition } from '../../../support/float64/array.ts'
import { like, type Case, type Cases, type Given } from './case.ts'
import { at, fill } from './places.ts'

/** What each input has at a place of the output: fewer axes stand behind the batch, a size of 1 is the same everywhere. */
function valuesAt({ inputs }: Given, position: readonly number[]): number[] {
  return inputs.map((input) => {
    const missing = position.length - input.shape.length
    const own = [position[0]!, ...position.slice(1 + missing)]
    return at(
      input,
      own.map((place, axis) => (input.shape[axis] === 1 ? 0 : place)),
    )
  })
}

function elementwise(combine: (values: number[]) => number, most = 3): readonly Case[] {
  const shapes: readonly (readonly [readonly Shape[], Shape])[] = [
    [
      [
        ['batch', 3],
        ['batch', 3],
      ],
      ['batch', 3],
    ],
    [
      [
        ['batch', 2, 1],
        ['batch', 1, 4],
      ],
      ['batch', 2, 4],
    ],
    [
      [
        ['batch', 2],
        ['batch', 3, 2],
        ['batch', 1, 2],
      ],
      ['batch', 3, 2],
    ],
  ]
  return shapes
    .filter(([inputs]) => inputs.length <= most)
    .map(([inputs, output]) => ({
      inputs,
      settings: 0,
      output: () => output,
      formula: (given) => fill(given.shape, (position) => combine(valuesAt(given, position))),
    }))
}

/** Sums over one axis of each input, the others of both in their order. */
function dots(left: Shape, right: Shape, axes: readonly number[], output: Shape): readonly Case[] {
  return [false, true].map((normalize) => ({
    inputs: [left, right],
    params: { axes, normalize },
    settings: 0,
    output: () => output,
    formula: ({ inputs: [a, b], shape }) => {
      const [first = 1, second = first] = axes
      const [x, y] = [
        { value: a!, axis: (first + a!.shape.length) % a!.shape.length },
        { value: b!, axis: (second + b!.shape.length) % b!.shape.length },
      ]
      const size = x.value.shape[x.axis]!
      const vector = ({ value, axis }: typeof x, others: readonly number[]) => {
        const numbers = Array.from({ length: size }, (_, k) =>
          at(value, [...others.slice(0, axis), k, ...others.slice(axis)]),
        )
        const length = normalize ? Math.hypot(...numbers) : 1
        return numbers.map((number) => number / length)
      }
      const rank = x.value.shape.length - 1
      return fill(shape, (position) => {
        const [row] = position
        const own = vector(x, position.slice(0, rank))
        const other = vector(y, [row!, ...position.slice(rank, rank + y.value.shape.length - 2)])
        return sum(own.map((number, k) => number * other[k]!))
      })
    },
  }))
}

const slopes = (sharedAxes: readonly number[], ...shape: Shape): Case => ({
  ...like(...shape),
  params: { sharedAxes },
  settings: 0,
  formula: ({ inputs: [x], weights: { alpha }, shape }) =>
    fill(shape, (position) => {
      const value = at(x!, position)
      const place = position.slice(1).map((each, axis) => (sharedAxes.includes(axis + 1) ? 0 : each))
      return value > 0 ? value : value * at(alpha!, place)
    }),
})

const pointwise = (of: (x: number, params: Given['params']) => number): Case => ({
  ...like('batch', 8),
  formula: ({ inputs: [x], params }) => x!.data.map((value) => of(value, params)),
})

const shares = (axis: number, ...shape: Shape): Case => ({
  ...like(...shape),
  params: { axis },
  settings: 0,
  formula: ({ inputs: [x], shape }) => {
    const along = (axis + shape.length) % shape.length
    const weights = { ...x!, data: x!.data.map(Math.exp) }
    return fill(shape, (position) => {
      const all = Array.from({ length: shape[along]! }, (_, k) => at(weights, position.with(along, k)))
      return at(weights, position) / sum(all)
    })
  },
})

const vectors = (draw: (index: number) => number, ...shape: Shape): Case => ({
  inputs: [shape],
  params: { inputDim: 4, outputDim: 2 },
  settings: 0,
  indices: true,
  draw: (_, count) => Float64Array.from({ length: count }, (_, index) => draw(index)),
  output: () => [...shape, 2],
  formula: ({ inputs: [x], weights: { embeddings }, shape }) => {
    const result: number[] = []
    forEachPosition(shape, (position) => {
      const index = Math.trunc(at(x!, position.slice(0, -1)))
      result.push(at(embeddings!, [Math.min(Math.max(index, 0), 3), position.at(-1)!]))
    })
    return result
  },
})

export const mergingCases: Cases = {
  add: elementwise(sum),
  subtract: elementwise(([a, b]) => a! - b!, 2),
  multiply: elementwise((values) => values.reduce((product, value) => product * value)),
  average: elementwise((values) => sum(values) / values.length),
  maximum: elementwise((values) => Math.max(...values)),
  minimum: elementwise((values) => Math.min(...values)),
  dot: [
    ...dots(['batch', 3], ['batch', 3], [-1], ['batch', 1]),
    ...dots(['batch', 2, 3], ['batch', 4, 3], [-1], ['batch', 2, 4]),
    ...dots(['batch', 2, 3], ['batch', 3, 4], [2, 1], ['batch', 2, 4]),
    ...dots(['batch', 3], ['batch', 4, 3], [1, 2], ['batch', 4]),
    ...dots(['batch', 2, 3, 2], ['batch', 3, 2], [2, 1], ['batch', 2, 2, 2]),
  ],
  prelu: [slopes([], 'batch', 4), slopes([1], 'batch', 2, 3), slopes([1, 2], 'batch', 2, 2, 3)],
  relu: [
    pointwise((x, { maxValue, negativeSlope, threshold }) => {
      if (maxValue !== null && x >= Number(maxValue) && x > Number(threshold)) return Number(maxValue)
      return x > Number(threshold)
        ? Math.min(x, maxValue === null ? Infinity : Number(maxValue))
        : Number(negativeSlope) * (x - Number(threshold))
    }),
  ],
  leakyRelu: [pointwise((x, { negativeSlope }) => (x > 0 ? x : x * Number(negativeSlope)))],
  elu: [pointwise((x, { alpha }) => (x > 0 ? x : Number(alpha) * Math.expm1(x)))],
  softmax: [shares(-1, 'batch', 4), shares(1, 'batch', 3, 2), shares(-2, 'batch', 3, 2)],
  embedding: [
    vectors((index) => index % 4, 'batch', 3),
    vectors((index) => index - 2, 'batch', 3),
    vectors((index) => (index % 8) / 2, 'batch', 2, 2),
  ],
}
