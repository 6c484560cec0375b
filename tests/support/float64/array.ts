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
  return shape.reduce((product, size) => product * size, 1)
}

/** Numbers of one type and shape; throws when there are too many or too few of them. */
export function numbers(dtype: Numbers['dtype'], shape: readonly number[], data: ArrayLike<number>): Numbers {
  if (data.length !== count(shape)) throw new Error(`${data.length} numbers do not fill [${shape.join(', ')}]`)
  return { dtype, shape, data: Float64Array.from(data) }
}

/** The same element types and sizes, as doubles; float32 values keep the value they have, nothing is rounded again. */
export function fromTensor(tensor: Tensor): Array64 {
  if (tensor.dtype === 'string') return { dtype: 'string', shape: tensor.shape, data: Array.from(tensor.data, String) }
  return numbers(tensor.dtype, tensor.shape, Array.from(tensor.data, Number))
}

/** What integer arithmetic leaves in a type's range: uint32 and int32 wrap around, int64 must stay exact in a double. */
export function wrap(dtype: Numbers['dtype'], value: number): number {
  if (dtype === 'uint32') return Number(BigInt.asUintN(32, BigInt(value)))
  if (dtype === 'int32') return Number(BigInt.asIntN(32, BigInt(value)))
  if (dtype === 'int64' && !Number.isSafeInteger(value)) throw new Error(`${value} is not exact as a double`)
  return value
}

/** The shape all these shapes broadcast to, NumPy's way; throws when there is none. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
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

/** How far one step along each axis moves in row-major data. */
export function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => count(shape.slice(axis + 1)))
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
