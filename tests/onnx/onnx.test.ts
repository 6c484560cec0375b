import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import * as ort from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import type { Graph, Tensor } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from '#engine/onnx/onnx_pb.js'
import { decodeTensor, OnnxError } from '#engine/onnx/tensor.ts'
import { everythingModel, loopModel, modelOf } from './model.ts'

const named = (message: string) => (error: unknown) => error instanceof OnnxError && error.message.includes(message)

describe('encodeModel and decodeModel', () => {
  test('give back a model with every element type and every kind of attribute unchanged', () => {
    expect(decodeModel(encodeModel(everythingModel()))).toEqual(everythingModel())
  })

  test('give back a Loop whose body captures a value of the graph around it, as the same value', () => {
    const decoded = decodeModel(encodeModel(loopModel()))
    expect(decoded).toEqual(loopModel())
    const body = decoded.graph.nodes[0]?.attributes['body']
    const addend = body?.type === 'graph' ? body.value.nodes[1]?.inputs[0] : undefined
    expect(addend).toMatchObject({ name: 'row', shape: [3] })
  })

  test('write every inner edge as value_info, symbolic sizes as dim_param, and no initializer as an input', () => {
    const proto = fromBinary(ModelProtoSchema, encodeModel(loopModel()))
    const body = proto.graph?.node[0]?.attribute[0]?.g
    expect(body?.valueInfo.map((info) => info.name)).toEqual(['scaled'])
    expect(proto.graph?.input.map((info) => info.name)).toEqual(['x', 'times'])
    expect(proto.producerName).toBe('Espalier')
    const batch = proto.graph?.output[0]?.type?.value
    expect(batch?.case === 'tensorType' && batch.value.shape?.dim[0]?.value).toEqual({
      case: 'dimParam',
      value: 'batch',
    })
  })

  test('write a file that onnxruntime loads and runs', async () => {
    const session = await ort.InferenceSession.create(encodeModel(loopModel()))
    const x = new ort.Tensor('float32', Float32Array.of(0, 0, 0, 1, 1, 1), [2, 3])
    const { y } = await session.run({ x, times: new ort.Tensor('int64', BigInt64Array.of(4n), []) })
    expect(y?.dims).toEqual([2, 3])
    expect(Array.from(y?.data as Float32Array)).toEqual([4, 10, -12, 5, 11, -11])
  })

  test('encode 100 MB of weights in less than a second of processor time', () => {
    const big: Tensor = { dtype: 'float32', shape: [25, 1024, 1024], data: new Float32Array(25 * 1024 * 1024) }
    const weights: Graph = { name: 'w', inputs: [], outputs: [], initializers: new Map([['big', big]]), nodes: [] }
    const start = process.cpuUsage()
    const bytes = encodeModel(modelOf(weights))
    const { user, system } = process.cpuUsage(start)
    expect(user + system).toBeLessThan(1_000_000)
    expect(bytes.length).toBeGreaterThan(100 * 1024 * 1024)
  })

  test('decoded numbers are copies: changing the file afterwards does not change them', () => {
    const bytes = encodeModel(loopModel())
    const row = decodeModel(bytes).graph.initializers.get('row')
    bytes.fill(0)
    expect(row?.data).toEqual(Float32Array.of(1, 2.5, -3))
  })
})

test('a file read by Node, whose bytes start anywhere in memory, decodes to the same numbers', () => {
  const bytes = encodeModel(loopModel())
  const memory = Buffer.alloc(bytes.length + 3)
  memory.set(bytes, 3)
  expect(decodeModel(memory.subarray(3))).toEqual(loopModel())
})

describe('decodeTensor', () => {
  const fields: Record<string, [MessageInitShape<typeof TensorProtoSchema>, Tensor['data']]> = {
    float32: [{ dataType: TensorProto_DataType.FLOAT, floatData: [1, 2] }, Float32Array.of(1, 2)],
    float64: [{ dataType: TensorProto_DataType.DOUBLE, doubleData: [1, 2] }, Float64Array.of(1, 2)],
    int32: [{ dataType: TensorProto_DataType.INT32, int32Data: [1, -2] }, Int32Array.of(1, -2)],
    int64: [{ dataType: TensorProto_DataType.INT64, int64Data: [1n, -2n] }, BigInt64Array.of(1n, -2n)],
    uint32: [
      { dataType: TensorProto_DataType.UINT32, uint64Data: [1n, 2n ** 32n - 1n] },
      Uint32Array.of(1, 2 ** 32 - 1),
    ],
    bool: [{ dataType: TensorProto_DataType.BOOL, int32Data: [0, 1] }, Uint8Array.of(0, 1)],
  }
  test.for(Object.entries(fields))(
    'reads %s numbers written as fields instead of raw bytes',
    ([dtype, [init, data]]) => {
      expect(decodeTensor(create(TensorProtoSchema, { ...init, dims: [2n] }), 'w')).toEqual({ dtype, shape: [2], data })
    },
  )

  test('refuses element types, storage and sizes it cannot read, and names the tensor', () => {
    const half = create(TensorProtoSchema, { dataType: TensorProto_DataType.FLOAT16, dims: [1n] })
    expect(() => decodeTensor(half, 'w')).toThrow('w has elements of type FLOAT16, which is not supported')
    const external = create(TensorProtoSchema, {
      dataType: TensorProto_DataType.FLOAT,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
    })
    expect(() => decodeTensor(external, 'w')).toThrow('w keeps its numbers in a second file')
    const short = create(TensorProtoSchema, { dataType: TensorProto_DataType.FLOAT, dims: [3n], floatData: [1] })
    expect(() => decodeTensor(short, 'w')).toThrow('w holds 1 elements, but its shape is [3]')
  })
})

describe('decodeModel refuses', () => {
  test('bytes that are not a model', () => {
    expect(() => decodeModel(new TextEncoder().encode('age,income\n1,2\n'))).toThrow(OnnxError)
    expect(() => decodeModel(new Uint8Array(0))).toThrow('it has no graph')
  })

  test('a node that uses a value nothing before it makes', () => {
    const proto = fromBinary(ModelProtoSchema, encodeModel(loopModel()))
    proto.graph?.initializer.splice(0)
    expect(() => decodeModel(toBinary(ModelProtoSchema, proto))).toThrow(
      expect.toSatisfy(named('Mul Mul to scaled needs row, which nothing before it makes')),
    )
  })

  test('a file that leaves the type of an edge unsaid', () => {
    const proto = fromBinary(ModelProtoSchema, encodeModel(loopModel()))
    proto.graph?.node[0]?.attribute[0]?.g?.valueInfo.splice(0)
    expect(() => decodeModel(toBinary(ModelProtoSchema, proto))).toThrow('does not say what type scaled')
  })
})
