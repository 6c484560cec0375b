/** Cases of the pooling layers. */
import fc from 'fast-check'
import { mean } from '../../../support/reals.ts'
import type { Case, Cases, Given } from './case.ts'
import { at, fill, placesOf, positions, under, type Windowed } from './places.ts'

type Reduce = (elements: readonly number[]) => number
const most: Reduce = (elements) => Math.max(...elements)

/** One number of those under each window, padding not counted. */
const pooled =
  (window: Windowed, reduce: Reduce) =>
  ({ inputs, shape }: Given): Float64Array => {
    const x = inputs[0]!
    const sizes = x.shape.slice(1, -1)
    return fill(shape, ([n, ...rest]) => {
      const inside = under(sizes, window, rest.slice(0, -1)).filter(({ position }) =>
        position.every((each, axis) => each >= 0 && each < sizes[axis]!),
      )
      return reduce(inside.map(({ position }) => at(x, [n!, ...position, rest.at(-1)!])))
    })
  }

function pools(rank: number, reduce: Reduce, seed: number): Case[] {
  const each = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank })
  const drawn = fc.record({
    poolSize: each(1, 3),
    room: each(0, 4),
    strides: fc.option(each(1, 3), { nil: [] }),
    padding: fc.constantFrom('valid', 'same'),
    channels: fc.integer({ min: 1, max: 3 }),
  })
  return fc.sample(drawn, { numRuns: 8, seed }).map(({ poolSize, room, strides, padding, channels }) => {
    const sizes = room.map((more, axis) => poolSize[axis]! + more)
    const window = {
      kernel: poolSize,
      strides: strides.length > 0 ? strides : poolSize,
      dilations: poolSize.map(() => 1),
      padding,
    }
    return {
      inputs: [['batch', ...sizes, channels]],
      params: { poolSize, strides, padding },
      settings: 0,
      output: () => ['batch', ...placesOf(sizes, window), channels],
      formula: pooled(window, reduce),
    }
  })
}

/** One number of all places of each channel. */
const overAll = (rank: number, reduce: Reduce): Case[] =>
  [
    [4, 2],
    [3, 1],
    [1, 3],
  ].map(([size = 1, channels = 1]) => {
    const sizes = Array.from({ length: rank }, (_, axis) => size + axis)
    return {
      inputs: [['batch', ...sizes, channels]],
      settings: 3,
      output: ({ keepdims }) => ['batch', ...(keepdims === true ? sizes.map(() => 1) : []), channels],
      formula: ({ inputs: [x], shape }) =>
        fill(shape, (position) =>
          reduce(positions(sizes).map((place) => at(x!, [position[0]!, ...place, position.at(-1)!]))),
        ),
    }
  })

export const poolingCases: Cases = {
  maxPooling1D: pools(1, most, 1),
  maxPooling2D: pools(2, most, 2),
  averagePooling1D: pools(1, mean, 3),
  averagePooling2D: pools(2, mean, 4),
  globalMaxPooling1D: overAll(1, most),
  globalMaxPooling2D: overAll(2, most),
  globalAveragePooling1D: overAll(1, mean),
  globalAveragePooling2D: overAll(2, mean),
}
