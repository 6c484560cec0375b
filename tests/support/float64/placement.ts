/** Operators that put elements at places, or take them from places, that other numbers name. */
import { axisOf, count, forEachPosition, numbers, pick, strides, whole, type Array64, type Numbers } from './array.ts'
import type { Call, Operator } from './operator.ts'

function indexOf(shape: readonly number[], position: readonly number[]): number {
  return strides(shape).reduce((index, step, axis) => index + step * position[axis]!, 0)
}

/** Where each element of `indices` points in `shape`: its own position, but along the axis where the element says. */
function pointers(shape: readonly number[], indices: Numbers, axis: number): number[] {
  const result: number[] = []
  forEachPosition(indices.shape, (position, index) => {
    const at = axisOf(indices.data[index]!, shape[axis]!)
    result.push(
      indexOf(
        shape,
        position.map((own, each) => (each === axis ? at : own)),
      ),
    )
  })
  return result
}

/** Where each index vector points in `shape`: the first element of what it names. */
function vectors(shape: readonly number[], indices: Numbers): number[] {
  const depth = indices.shape.at(-1)!
  return Array.from({ length: indices.data.length / depth }, (_, row) => {
    const vector = Array.from(indices.data.subarray(row * depth, (row + 1) * depth), (at, axis) =>
      axisOf(at, shape[axis]!),
    )
    return indexOf(shape, [...vector, ...shape.slice(depth).map(() => 0)])
  })
}

function put(call: Call, places: readonly number[], width: number): Numbers {
  const [data, updates] = [call.numbers(0), call.numbers(2)]
  const reduction = call.text('reduction') ?? 'none'
  const result = Float64Array.from(data.data)
  places.forEach((place, row) => {
    for (let at = 0; at < width; at++) {
      const update = updates.data[row * width + at]!
      if (reduction === 'none') result[place + at] = update
      else if (reduction === 'add') result[place + at] = result[place + at]! + update
      else throw new Error(`${call.node.op} reduces by ${reduction}, unknown here`)
    }
  })
  return numbers(data.dtype, data.shape, result)
}

/** The position a padded element copies, counted from the first of its axis's own; null where it copies none. */
function paddingSource(mode: string, at: number, size: number): number | null {
  if (at >= 0 && at < size) return at
  if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1)
  if (mode === 'reflect') return at < 0 ? -at : 2 * (size - 1) - at
  return null
}

export const placement: Readonly<Record<string, Operator>> = {
  GatherElements: (call) => {
    const [data, indices] = [call.numbers(0), call.numbers(1)]
    const places = pointers(data.shape, indices, axisOf(call.int('axis') ?? 0, data.shape.length))
    return [
      numbers(
        data.dtype,
        indices.shape,
        places.map((place) => data.data[place]!),
      ),
    ]
  },
  GatherND: (call) => {
    const [data, indices] = [call.numbers(0), call.numbers(1)]
    const rest = data.shape.slice(indices.shape.at(-1))
    const values = vectors(data.shape, indices).flatMap((place) =>
      Array.from(data.data.subarray(place, place + count(rest))),
    )
    return [numbers(data.dtype, [...indices.shape.slice(0, -1), ...rest], values)]
  },
  ScatterElements: (call) => {
    const data = call.numbers(0)
    return [put(call, pointers(data.shape, call.numbers(1), axisOf(call.int('axis') ?? 0, data.shape.length)), 1)]
  },
  ScatterND: (call) => {
    const { shape } = call.numbers(0)
    const indices = call.numbers(1)
    return [put(call, vectors(shape, indices), count(shape.slice(indices.shape.at(-1))))]
  },
  TopK: (call) => {
    const x = call.numbers(0)
    const axis = axisOf(call.int('axis') ?? -1, x.shape.length)
    const k = call.numbers(1).data[0]!
    const sign = call.int('largest') === 0 ? 1 : -1
    const shape = x.shape.map((size, each) => (each === axis ? k : size))
    const step = strides(x.shape)[axis]!
    const order = (position: readonly number[]) => {
      const start = indexOf(
        x.shape,
        position.map((at, each) => (each === axis ? 0 : at)),
      )
      const line = Array.from({ length: x.shape[axis]! }, (_, at) => ({ at, value: x.data[start + at * step]! }))
      return line.toSorted((a, b) => sign * (a.value - b.value) || a.at - b.at)[position[axis]!]!
    }
    const found: { at: number; value: number }[] = []
    forEachPosition(shape, (position) => found.push(order(position)))
    return [
      numbers(
        x.dtype,
        shape,
        found.map(({ value }) => value),
      ),
      numbers(
        'int64',
        shape,
        found.map(({ at }) => at),
      ),
    ]
  },
  ReverseSequence: (call) => {
    const x = call.any(0)
    const lengths = call.numbers(1)
    const [batch, time] = [call.int('batch_axis') ?? 1, call.int('time_axis') ?? 0]
    return [
      pick(x, x.shape, (position) => {
        const length = lengths.data[position[batch]!]!
        const at = position[time]!
        return indexOf(
          x.shape,
          position.map((own, axis) => (axis === time && at < length ? length - 1 - at : own)),
        )
      }),
    ]
  },
  Pad: (call) => {
    const x = call.numbers(0)
    const pads = whole(call.any(1))
    const axesInput = call.optional(3)
    const axes = axesInput
      ? whole(axesInput).map((axis) => axisOf(axis, x.shape.length))
      : x.shape.map((_, axis) => axis)
    const mode = call.text('mode') ?? 'constant'
    const value = call.optional(2) ? call.numbers(2).data[0]! : 0
    const before = x.shape.map((_, axis) => (axes.includes(axis) ? pads[axes.indexOf(axis)]! : 0))
    const after = x.shape.map((_, axis) => (axes.includes(axis) ? pads[axes.indexOf(axis) + axes.length]! : 0))
    const shape = x.shape.map((size, axis) => size + before[axis]! + after[axis]!)
    const data: number[] = []
    forEachPosition(shape, (position) => {
      const at = position.map((own, axis) => paddingSource(mode, own - before[axis]!, x.shape[axis]!))
      const known = at.filter((each) => each !== null)
      data.push(known.length < at.length ? value : x.data[indexOf(x.shape, known)]!)
    })
    return [numbers(x.dtype, shape, data)]
  },
  Tile: (call) => {
    const x: Array64 = call.any(0)
    const shape = whole(call.any(1)).map((times, axis) => times * x.shape[axis]!)
    return [
      pick(x, shape, (position) =>
        indexOf(
          x.shape,
          position.map((at, axis) => at % x.shape[axis]!),
        ),
      ),
    ]
  },
}
