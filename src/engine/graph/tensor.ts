/** Tensors made from plain numbers. */
import type { DType, Tensor, TensorData } from './graph.ts'

/** A zero-filled array for tensors of this type. */
export function allocate(dtype: DType, size: number): TensorData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size)
    case 'float64':
      return new Float64Array(size)
    case 'int32':
      return new Int32Array(size)
    case 'int64':
      return new BigInt64Array(size)
    case 'uint32':
      return new Uint32Array(size)
    case 'bool':
      return new Uint8Array(size)
    case 'string':
      return new Array<string>(size).fill('')
  }
}

/** A tensor of plain numbers. */
export function tensorOf(
  dtype: Exclude<DType, 'string'>,
  shape: readonly number[],
  numbers: readonly number[],
): Tensor {
  const data = allocate(dtype, numbers.length)
  if (data instanceof BigInt64Array) numbers.forEach((number, index) => (data[index] = BigInt(number)))
  else if (!Array.isArray(data)) (data as Float32Array).set(numbers)
  return { dtype, shape, data }
}
