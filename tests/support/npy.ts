/** NumPy's files of arrays, as far as reference cases use them. */
import { unzipSync } from 'fflate'
import { sizeOf, type Tensor } from '#engine/graph/graph.ts'

/** The array of a `.npy` file, in row-major order; throws on element types other than float32, float64, int32, int64. */
export function readNpy(file: Uint8Array): Tensor {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const start = view.getUint8(6) === 1 ? 10 : 12
  const end = start + (start === 10 ? view.getUint16(8, true) : view.getUint32(8, true))
  const header = new TextDecoder('latin1').decode(file.subarray(start, end))
  const field = (pattern: RegExp) => pattern.exec(header)?.[1] ?? ''
  const shape = field(/'shape': \(([^)]*)\)/)
    .split(',')
    .flatMap((size) => (size.trim() === '' ? [] : [Number(size)]))
  const tensor = numbers(field(/'descr': '([^']*)'/), shape, new Uint8Array(file.subarray(end)).buffer)
  return field(/'fortran_order': (\w+)/) === 'True' ? rowMajor(tensor) : tensor
}

/** The arrays of a `.npz` file by name. */
export function readNpz(file: Uint8Array): Map<string, Tensor> {
  return new Map(Object.entries(unzipSync(file)).map(([name, bytes]) => [name.replace(/\.npy$/, ''), readNpy(bytes)]))
}

function numbers(description: string, shape: readonly number[], bytes: ArrayBuffer): Tensor {
  const size = sizeOf(shape)
  switch (description) {
    case '<f4':
      return { dtype: 'float32', shape, data: new Float32Array(bytes, 0, size) }
    case '<f8':
      return { dtype: 'float64', shape, data: new Float64Array(bytes, 0, size) }
    case '<i4':
      return { dtype: 'int32', shape, data: new Int32Array(bytes, 0, size) }
    case '<i8':
      return { dtype: 'int64', shape, data: new BigInt64Array(bytes, 0, size) }
    default:
      throw new Error(`arrays of ${description} are not read`)
  }
}

/** The same array with the last axis, not the first, running fastest. */
function rowMajor(tensor: Tensor): Tensor {
  const { shape, data } = tensor
  if (shape.filter((size) => size > 1).length < 2) return tensor
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  const target = data.slice()
  for (let index = 0; index < data.length; index++) {
    let rest = index
    let from = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1
      from += (rest % size) * (strides[axis] ?? 0)
      rest = Math.floor(rest / size)
    }
    Object.assign(target, { [index]: data[from] })
  }
  return { ...tensor, data: target }
}
