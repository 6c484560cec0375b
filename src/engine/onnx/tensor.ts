/** Tensors as ONNX stores them, and the names of their element types. */
import { create } from '@bufbuild/protobuf'
import { getTextEncoding } from '@bufbuild/protobuf/wire'
import { formatShape, sizeOf, type DType, type Tensor } from '../graph/graph.ts'
import { TensorProto_DataLocation, TensorProto_DataType as DataType, TensorProtoSchema } from './onnx_pb.js'
import type { TensorProto } from './onnx_pb.js'

/** A file that is not ONNX, or uses a part of ONNX that Espalier does not; the message says which part and where. */
export class OnnxError extends Error {
  override name = 'OnnxError'
}

const dataTypes = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int32: DataType.INT32,
  int64: DataType.INT64,
  uint32: DataType.UINT32,
  bool: DataType.BOOL,
  string: DataType.STRING,
} as const satisfies Record<DType, DataType>

const dtypes = new Map<number, DType>([
  [DataType.FLOAT, 'float32'],
  [DataType.DOUBLE, 'float64'],
  [DataType.INT32, 'int32'],
  [DataType.INT64, 'int64'],
  [DataType.UINT32, 'uint32'],
  [DataType.BOOL, 'bool'],
  [DataType.STRING, 'string'],
])

const text = getTextEncoding()

/** UTF-8 bytes of a string: ONNX keeps the strings of tensors and attributes so. */
export const encodeText = (value: string): Uint8Array => text.encodeUtf8(value)

/** The string of UTF-8 bytes. */
export const decodeText = (bytes: Uint8Array): string => text.decodeUtf8(bytes)

/** ONNX's number for an element type. */
export const encodeDType = (dtype: DType): DataType => dataTypes[dtype]

/** The element type of ONNX's number; throws an OnnxError that names `owner` when Espalier has no such type. */
export function decodeDType(dataType: number, owner: string): DType {
  const dtype = dtypes.get(dataType)
  if (dtype === undefined) {
    throw new OnnxError(`${owner} has elements of type ${DataType[dataType] ?? dataType}, which is not supported`)
  }
  return dtype
}

/** A tensor with its name; numbers share memory with `tensor` until the message is written out. */
export function encodeTensor(tensor: Tensor, name = ''): TensorProto {
  const header = { dims: tensor.shape.map(BigInt), dataType: dataTypes[tensor.dtype], name }
  const { data } = tensor
  if (!ArrayBuffer.isView(data)) return create(TensorProtoSchema, { ...header, stringData: data.map(encodeText) })
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return create(TensorProtoSchema, { ...header, rawData })
}

/** The tensor in a message, with data of its own; throws an OnnxError on types, sizes or storage it cannot read. */
export function decodeTensor(proto: TensorProto, owner: string): Tensor {
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    throw new OnnxError(`${owner} keeps its numbers in a second file, which is not supported`)
  }
  const dtype = decodeDType(proto.dataType, owner)
  const shape = proto.dims.map(Number)
  const data = proto.rawData.length > 0 ? decodeRaw(dtype, proto.rawData) : decodeFields(dtype, proto)
  if (data.length !== sizeOf(shape)) {
    throw new OnnxError(`${owner} holds ${data.length} elements, but its shape is ${formatShape(shape)}`)
  }
  return { dtype, shape, data }
}

// The bytes sit anywhere in the file, so they are copied to an aligned start before they are seen as numbers (by the
// constructor, because Node's own byte arrays have a `slice` that does not copy).
function decodeRaw(dtype: DType, raw: Uint8Array): Tensor['data'] {
  const bytes = new Uint8Array(raw)
  const count = (width: number) => Math.floor(bytes.length / width)
  switch (dtype) {
    case 'float32':
      return new Float32Array(bytes.buffer, 0, count(4))
    case 'float64':
      return new Float64Array(bytes.buffer, 0, count(8))
    case 'int32':
      return new Int32Array(bytes.buffer, 0, count(4))
    case 'int64':
      return new BigInt64Array(bytes.buffer, 0, count(8))
    case 'uint32':
      return new Uint32Array(bytes.buffer, 0, count(4))
    case 'bool':
      return bytes
    case 'string':
      return []
  }
}

function decodeFields(dtype: DType, proto: TensorProto): Tensor['data'] {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(proto.floatData)
    case 'float64':
      return Float64Array.from(proto.doubleData)
    case 'int32':
      return Int32Array.from(proto.int32Data)
    case 'int64':
      return BigInt64Array.from(proto.int64Data)
    case 'uint32':
      return Uint32Array.from(proto.uint64Data, Number)
    case 'bool':
      return Uint8Array.from(proto.int32Data)
    case 'string':
      return proto.stringData.map(decodeText)
  }
}
