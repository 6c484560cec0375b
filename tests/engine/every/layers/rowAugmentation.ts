/** Cases of the augmentation of tables and series, each by a slow walk over its cells given what it drew. */
import type { Numbers } from '../../../support/evaluate64.ts'
import { mean, randoms } from '../../../support/reals.ts'
import { rows, type Case, type Cases, type Given } from './case.ts'
import { at, fill, positions } from './places.ts'

/** A case of known batch, whose output has the shape of its input: the input itself unless it trains. */
function augmented(
  sizes: readonly number[],
  of: (position: readonly number[], x: Numbers, given: Given) => number,
  params: Case['params'] = {},
): Case {
  const shape = [rows, ...sizes]
  return {
    inputs: [shape],
    params,
    output: () => shape,
    formula: (given) => {
      const x = given.inputs[0]!
      return given.training ? fill(given.shape, (position) => of(position, x, given)) : x.data
    },
  }
}

const number = ({ params }: Given, name: string) => Number(params[name])

const jitter = (...sizes: number[]): Case =>
  augmented(sizes, (position, x, given) => {
    const column = positions(x.shape)
      .filter((other) => other.at(-1) === position.at(-1))
      .map((other) => at(x, other))
    const middle = mean(column)
    const deviation = Math.sqrt(mean(column.map((value) => (value - middle) ** 2)))
    return at(x, position) + number(given, 'amount') * deviation * at(given.masks[0]!, position)
  })

const swapNoise = (...sizes: number[]): Case =>
  augmented(sizes, (position, x, { masks: [kept, chosen] }) => {
    const [row = 0, ...cell] = position
    if (at(kept!, position) === 1) return at(x, position)
    const others = Array.from({ length: rows - 1 }, (_, index) => (row + 1 + index) % rows)
    return at(x, [others[Math.floor(at(chosen!, position) * others.length)]!, ...cell])
  })

const featureMasking = (fill: number, ...sizes: number[]): Case =>
  augmented(sizes, (position, x, { masks: [kept] }) => (at(kept!, position) === 1 ? at(x, position) : fill), { fill })

const seriesShift = (fill: 'edge' | 'zero' | 'wrap', ...sizes: number[]): Case =>
  augmented(
    sizes,
    ([row = 0, step = 0, channel = 0], x, given) => {
      const steps = sizes[0]!
      const share = number(given, 'amount') * steps
      // Halves go to the even number, as in ONNX.
      const most = Math.abs(share % 1) === 0.5 ? 2 * Math.round(share / 2) : Math.round(share)
      const shifts = Array.from({ length: 2 * most + 1 }, (_, index) => index - most)
      const shift = shifts[Math.floor(at(given.masks[0]!, [row, 0]) * shifts.length)]!
      const from = step - shift
      if (fill === 'zero') return at(x, [row, from, channel])
      const place = fill === 'wrap' ? (from + 10 * steps) % steps : Math.min(Math.max(from, 0), steps - 1)
      return at(x, [row, place, channel])
    },
    { fill },
  )

const seriesScale = (...sizes: number[]): Case =>
  augmented(sizes, (position, x, given) => {
    const [row = 0, , channel = 0] = position
    return at(x, position) * (1 + number(given, 'deviation') * at(given.masks[0]!, [row, 0, channel]))
  })

/** A series between its steps. */
function between(x: Numbers, row: number, time: number, channel: number): number {
  const [before, part] = [Math.floor(time), time - Math.floor(time)]
  const value = (step: number) => at(x, [row, Math.min(step, x.shape[1]! - 1), channel])
  return value(before) * (1 - part) + value(before + 1) * part
}

/** The speed at each knot, a line from one to the next, summed up step by step as trapezia. */
function warped(given: Given, row: number, knots: number, steps: number): number[] {
  if (steps === 1) return [0]
  const speeds = Array.from({ length: knots }, (_, knot) =>
    Math.exp(number(given, 'deviation') * at(given.masks[0]!, [row, knot])),
  )
  const speedAt = (step: number) => {
    const place = (step * (knots - 1)) / (steps - 1)
    const knot = Math.min(Math.floor(place), knots - 2)
    return speeds[knot]! + (place - knot) * (speeds[knot + 1]! - speeds[knot]!)
  }
  const times = [0]
  for (let step = 1; step < steps; step++) times.push(times.at(-1)! + (speedAt(step - 1) + speedAt(step)) / 2)
  return times.map((time) => (time / times.at(-1)!) * (steps - 1))
}

const timeWarp = (knots: number, ...sizes: number[]): Case =>
  augmented(
    sizes,
    ([row = 0, step = 0, channel = 0], x, given) =>
      between(x, row, warped(given, row, knots, sizes[0]!)[step]!, channel),
    { knots },
  )

const seriesCrop = (fit: 'stretch' | 'pad', ...sizes: number[]): Case =>
  augmented(
    sizes,
    ([row = 0, step = 0, channel = 0], x, given) => {
      const [steps, kept, place] = [sizes[0]!, number(given, 'kept'), at(given.masks[0]!, [row, 0])]
      if (fit === 'stretch') return between(x, row, (steps - 1) * (1 - kept) * place + kept * step, channel)
      const share = kept * steps
      const length = Math.max(1, Math.abs(share % 1) === 0.5 ? 2 * Math.round(share / 2) : Math.round(share))
      const start = Math.floor(place * (steps - length + 1))
      return step < length ? at(x, [row, start + step, channel]) : 0
    },
    { fit },
  )

/** Numbers whose columns differ widely in scale, and one that does not vary. */
const columns = (width: number) => (_: number, count: number) =>
  randoms('columns', count).map((value, index) => (index % width === 0 ? 0.5 : value * 10 ** ((index % width) - 1)))

export const rowAugmentationCases: Cases = {
  jitter: [jitter(4), jitter(3, 2), { ...jitter(3), draw: columns(3) }],
  swapNoise: [swapNoise(5), swapNoise(3, 2)],
  featureMasking: [featureMasking(0, 5), featureMasking(-1.5, 3, 2)],
  seriesShift: [seriesShift('edge', 8, 2), seriesShift('zero', 7, 3), seriesShift('wrap', 6, 1)],
  seriesScale: [seriesScale(4, 3), seriesScale(1, 1)],
  timeWarp: [timeWarp(4, 9, 2), timeWarp(2, 5, 3), timeWarp(6, 4, 1), timeWarp(3, 1, 2)],
  seriesCrop: [seriesCrop('stretch', 7, 2), seriesCrop('pad', 8, 2), seriesCrop('stretch', 1, 3)],
}
