/** Cases of the layers that drop or disturb what passes, by their formulas given what they drew. */
import type { Shape } from '#engine/graph/graph.ts'
import { forEachPosition } from '../../../support/float64/array.ts'
import { sum } from '../../../support/reals.ts'
import type { Case, Cases, Given } from './case.ts'
import { at, fill } from './places.ts'

/** A case whose output has the shape of its input, each element found from that of the input and its position. */
function each(shape: Shape, of: (x: number, position: readonly number[], given: Given) => number): Case {
  return {
    inputs: [shape],
    output: () => shape,
    formula: (given) =>
      given.training
        ? fill(given.shape, (position) => of(at(given.inputs[0]!, position), position, given))
        : given.inputs[0]!.data,
  }
}

const rateOf = ({ params }: Given) => Number(params['rate'])
const own = (given: Given, position: readonly number[]) => at(given.masks[0]!, position)

/** Dropout whose mask is the same along some axes: there its position is 0. */
const dropped = (shared: readonly number[], ...shape: Shape): Case =>
  each(shape, (x, position, given) => {
    const place = position.map((index, axis) => (shared.includes(axis) ? 0 : index))
    return (x * own(given, place)) / (1 - rateOf(given))
  })

/** −λα of selu, as its authors derive it from mean 0 and variance 1. */
const alphaPrime = -1.0507009873554805 * 1.6732632423543772

const alpha = (...shape: Shape): Case =>
  each(shape, (x, position, given) => {
    const rate = rateOf(given)
    const a = 1 / Math.sqrt((1 - rate) * (1 + rate * alphaPrime ** 2))
    return a * (own(given, position) === 1 ? x : alphaPrime) - a * alphaPrime * rate
  })

const gaussian = (...shape: Shape): Case =>
  each(shape, (x, position, given) => {
    const rate = rateOf(given)
    return x * (1 + Math.sqrt(rate / (1 - rate)) * own(given, position))
  })

const noise = (...shape: Shape): Case =>
  each(shape, (x, position, given) => x + Number(given.params['deviation']) * own(given, position))

/** Block after block: every corner that was drawn takes the places below and to the right of it. */
function blocks(blockSize: number, ...shape: Shape): Case {
  return {
    inputs: [shape],
    params: { blockSize },
    output: () => shape,
    formula: (given) => {
      const [x, corners] = [given.inputs[0]!, given.masks[0]]
      if (!given.training || !corners) return x.data
      const [, height = 0, width = 0] = given.shape
      const size = Math.min(blockSize, height, width)
      const mask = { ...x, data: new Float64Array(x.data.length).fill(1) }
      forEachPosition(corners.shape, ([row, channel, top, left], index) => {
        if (corners.data[index] === 1) return
        forEachPosition(mask.shape, ([image, y, x, c], place) => {
          const inside = y! >= top! && y! < top! + size && x! >= left! && x! < left! + size
          if (image === row && c === channel && inside) mask.data[place] = 0
        })
      })
      const scale = mask.data.length / Math.max(1, sum(mask.data))
      return x.data.map((value, index) => value * mask.data[index]! * scale)
    },
  }
}

export const regularizationCases: Cases = {
  dropout: [dropped([], 'batch', 4), dropped([], 'batch', 2, 3)],
  spatialDropout1D: [dropped([1], 'batch', 4, 3), dropped([1], 'batch', 1, 2)],
  spatialDropout2D: [dropped([1, 2], 'batch', 2, 3, 2), dropped([1, 2], 'batch', 1, 2, 3)],
  alphaDropout: [alpha('batch', 5), alpha('batch', 2, 3)],
  gaussianDropout: [gaussian('batch', 5), gaussian('batch', 2, 2, 3)],
  gaussianNoise: [noise('batch', 5), noise('batch', 3, 2)],
  dropBlock: [
    blocks(2, 'batch', 3, 4, 2),
    blocks(3, 'batch', 5, 4, 2),
    blocks(7, 'batch', 4, 3, 2),
    blocks(1, 'batch', 2, 2, 1),
  ],
  stochasticDepth: [dropped([1], 'batch', 4), dropped([1, 2], 'batch', 2, 3), dropped([1, 2, 3], 'batch', 2, 2, 2)],
}
