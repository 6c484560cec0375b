/** Arrays of the float64 evaluator: every number, whatever its ONNX type, is held as a double. */
import type { DType, Tensor } from '#engine/graph/graph.ts'

export interface Numbers {
  readonly dtype: Exclude<DType, 'string'>
  readonly shape: readonly number[]
  readonly data: Float64Array
}
export interface Strings {
  readonly dtype: 'string'
  readonly shape: readonly number[]
  readonly data: readonly string[]
}
export type Array64 = Numbers | Strings

/** The number of elements of a shape. */
export function count(shape: readonly number[]): number {
  let product = 1
  for (let axis = 0; axis < shape.length; axis++) product *= shape[axis]!
  return product
}

/** Numbers of one type and shape; throws when there are too many or too few of them. */
export function numbers(dtype: Numbers['dtype'], shape: readonly number[], data: ArrayLike<number>): Numbers {
  if (data.length !== count(shape)) throw new Error(`${data.length} numbers do not fill [${shape.join(', ')}]`)
  return { dtype, shape, data: data instanceof Float64Array ? data : Float64Array.from(data) }
}

/** The same element types and sizes, as doubles; float32 values keep the value they have, nothing is rounded again. */
export function fromTensor({ dtype, shape, data }: Tensor | Array64): Array64 {
  if (dtype === 'string') return { dtype, shape, data: Array.from(data, String) }
  return numbers(dtype, shape, data instanceof Float64Array ? data : Float64Array.from(data, Number))
}

/** What integer arithmetic leaves in a type's range: uint32 and int32 wrap around, int64 must stay exact in a double. */
export function wrap(dtype: Numbers['dtype'], value: number): number {
  if (dtype === 'uint32') return Number(BigInt.asUintN(32, BigInt(value)))
  if (dtype === 'int32') return Number(BigInt.asIntN(32, BigInt(value)))
  if (dtype === 'int64' && !Number.isSafeInteger(value)) throw new Error(`${value} is not exact as a double`)
  return value
}

/** The shape all these shapes broadcast to, NumPy's way; throws when there is none. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = shapes
  if (shapes.every((shape) => sameShape(shape, first))) return first
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1
    for (const shape of shapes) {
      const own = shape[shape.length - rank + axis] ?? 1
      if (own !== 1 && size !== 1 && own !== size) {
        throw new Error(`${shapes.map((each) => `[${each.join(', ')}]`).join(' and ')} do not broadcast`)
      }
      if (own !== 1) size = own
    }
    return size
  })
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

/** How far one step along each axis moves in row-major data. */
export function strides(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    steps[axis] = step
    step *= shape[axis]!
  }
  return steps
}

/** Calls back with every position of a shape, in row-major order. The array is reused. */
export function forEachPosition(shape: readonly number[], visit: (position: readonly number[], index: number) => void) {
  const size = count(shape)
  const position = shape.map(() => 0)
  for (let index = 0; index < size; index++) {
    visit(position, index)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = position[axis]! + 1
      position[axis] = next === shape[axis] ? 0 : next
      if (next !== shape[axis]) break
    }
  }
}

/**
 * Calls back for every element of a shape, in row-major order, with its index and the places it reads from: one for each of
 * `steps`, which says how far one step along each axis moves. The array of places is reused.
 */
export function walk(
  shape: readonly number[],
  starts: readonly number[],
  steps: readonly (readonly number[])[],
  visit: (index: number, places: readonly number[]) => void,
): void {
  const size = count(shape)
  const position = new Int32Array(shape.length)
  const places = [...starts]
  for (let index = 0; index < size; index++) {
    visit(index, places)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = position[axis]! + 1
      const wraps = next === shape[axis]
      position[axis] = wraps ? 0 : next
      for (let each = 0; each < steps.length; each++) {
        const step = steps[each]![axis]!
        places[each] = places[each]! + (wraps ? step * (1 - next) : step)
      }
      if (!wraps) break
    }
  }
}

/** How far one step along each axis of a larger shape moves in a shape that broadcasts to it. */
export function broadcastSteps(shape: readonly number[], larger: readonly number[]): number[] {
  const own = strides(shape)
  const lead = larger.length - shape.length
  return larger.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : own[axis - lead]!))
}

const placesKnown = new Map<string, Int32Array>()

/** For every element of a larger shape, in row-major order, the element it reads from a shape that broadcasts to it. */
export function placesIn(shape: readonly number[], larger: readonly number[]): Int32Array {
  const key = `${shape.join()};${larger.join()}`
  const known = placesKnown.get(key)
  if (known) return known
  const result = new Int32Array(count(larger))
  walk(larger, [0], [broadcastSteps(shape, larger)], (index, places) => (result[index] = places[0]!))
  placesKnown.set(key, result)
  return result
}

/** A new array whose elements are the source's from `start` on, `steps` apart along each axis. */
export function view(source: Array64, shape: readonly number[], start: number, steps: readonly number[]): Array64 {
  if (source.dtype === 'string') {
    const data: string[] = []
    walk(shape, [start], [steps], (_, [at]) => data.push(source.data[at!]!))
    return { dtype: 'string', shape, data }
  }
  const data = new Float64Array(count(shape))
  walk(shape, [start], [steps], (index, places) => (data[index] = source.data[places[0]!]!))
  return { dtype: source.dtype, shape, data }
}

/** The element a position of a larger shape reads from a shape that broadcasts to it. */
export function broadcastIndex(shape: readonly number[], position: readonly number[]): number {
  const steps = strides(shape)
  const lead = position.length - shape.length
  return steps.reduce((index, step, axis) => index + (shape[axis] === 1 ? 0 : step * position[axis + lead]!), 0)
}

/** A new array whose every element is one of the source's, chosen by its position. */
export function pick(
  source: Array64,
  shape: readonly number[],
  from: (position: readonly number[]) => number,
): Array64 {
  const chosen: number[] = []
  forEachPosition(shape, (position) => chosen.push(from(position)))
  if (source.dtype === 'string') return { dtype: 'string', shape, data: chosen.map((index) => source.data[index]!) }
  return numbers(
    source.dtype,
    shape,
    chosen.map((index) => source.data[index]!),
  )
}

/** Every element, a number or a string. */
export function elements(array: Array64): (number | string)[] {
  return array.dtype === 'string' ? [...array.data] : [...array.data]
}

/** The whole numbers of a vector such as axes or a shape. */
export function whole(array: Array64): number[] {
  if (array.dtype === 'string') throw new Error('numbers are needed here, not strings')
  return Array.from(array.data)
}

/** An axis counted from the front; -1 is the last one. */
export function axisOf(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new Error(`axis ${axis} of rank ${rank}`)
  return axis < 0 ? axis + rank : axis
}
