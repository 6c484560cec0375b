/** Weights on their way from the file's layout to the project's. */
import { transpose } from '#engine/graph/fold.ts'
import { sizeOf, type Tensor } from '#engine/graph/graph.ts'

export interface Floats extends Tensor {
  readonly dtype: 'float32'
  readonly data: Float32Array
}

/** A float32 tensor of this shape. */
export function floats(shape: readonly number[], numbers: Iterable<number>): Floats {
  return { dtype: 'float32', shape, data: Float32Array.from(numbers) }
}

/** A constant of the file as float32, in memory of its own. */
export function floatsOf({ shape, data }: Tensor): Floats {
  return {
    dtype: 'float32',
    shape,
    data: data instanceof Float32Array ? data.slice() : Float32Array.from(data, Number),
  }
}

export function filledFloats(shape: readonly number[], value: number): Floats {
  return { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)).fill(value) }
}

/** Axis i of the result is axis perm[i]. */
export function permuted(tensor: Floats, perm: readonly number[]): Floats {
  return floatsOf(transpose(tensor, perm))
}

/** The same numbers under another shape of as many. */
export function reshaped({ data }: Floats, shape: readonly number[]): Floats {
  if (sizeOf(shape) !== data.length) throw new Error(`${data.length} numbers are no ${shape.join(' × ')}`)
  return { dtype: 'float32', shape, data }
}

/** Repeated along its axes of 1 until it has this shape, of as many axes. */
export function expanded(tensor: Floats, shape: readonly number[]): Floats {
  let { data } = tensor
  let sizes = tensor.shape
  shape.forEach((size, axis) => {
    if (sizes[axis] === size) return
    const block = sizeOf(sizes.slice(axis + 1))
    const parts = data.length / Math.max(block, 1)
    const wide = new Float32Array(data.length * size)
    for (let part = 0; part < parts; part++)
      for (let copy = 0; copy < size; copy++)
        wide.set(data.subarray(part * block, (part + 1) * block), (part * size + copy) * block)
    data = wide
    sizes = sizes.with(axis, size)
  })
  return { dtype: 'float32', shape: sizes, data }
}

/** The rows along the first axis in this order: row i of the result is row order[i]. */
export function rowsIn(tensor: Floats, order: readonly number[]): Floats {
  const width = sizeOf(tensor.shape.slice(1))
  const data = new Float32Array(order.length * width)
  order.forEach((row, index) => data.set(tensor.data.subarray(row * width, (row + 1) * width), index * width))
  return { dtype: 'float32', shape: [order.length, ...tensor.shape.slice(1)], data }
}

/** Element by element; `b` runs over the last axes of `a`, once and again. */
export function combined(a: Floats, b: Floats, combine: (a: number, b: number) => number): Floats {
  return { ...a, data: a.data.map((value, index) => combine(value, b.data[index % b.data.length] ?? 0)) }
}
