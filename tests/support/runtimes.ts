/** The two real runtimes graphs are held against: onnxruntime-node (native) and onnxruntime-web (WebAssembly). */
import * as native from 'onnxruntime-node'
import * as web from 'onnxruntime-web'
import type { DType, Graph, Model, Tensor, TensorData } from '#engine/graph/graph.ts'
import { encodeModel } from '#engine/onnx/encode.ts'

web.env.wasm.numThreads = 1

/** A graph with the plainest header around it, at the opset the graph IR is written in. */
function modelOf(graph: Graph): Model {
  return {
    graph,
    opset: { '': 21 },
    irVersion: 10,
    producerVersion: 'test',
    domain: '',
    modelVersion: 1,
    doc: '',
    metadata: {},
  }
}

/** What onnxruntime's tensors and ours have in common. */
interface RuntimeTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: unknown
}

function isDType(type: string): type is DType {
  return ['float32', 'float64', 'int32', 'int64', 'uint32', 'bool', 'string'].includes(type)
}

function isTensorData(data: unknown): data is TensorData {
  return Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView))
}

function toTensor({ type, dims, data }: RuntimeTensor): Tensor {
  if (!isDType(type) || !isTensorData(data)) throw new Error(`the runtime gave a tensor of type ${type}`)
  return { dtype: type, shape: dims, data }
}

/** The model's outputs by name, computed by onnxruntime-node. */
export async function runNative(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Map<string, Tensor>> {
  const session = await native.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const results = await session.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, { dtype, shape, data }]) => [name, new native.Tensor(dtype, data, shape)]),
    ),
  )
  await session.release()
  return new Map(Object.entries(results).map(([name, value]) => [name, toTensor(value)]))
}

/** The model's outputs by name, computed by onnxruntime-web. */
export async function runWeb(bytes: Uint8Array, feeds: Readonly<Record<string, Tensor>>): Promise<Map<string, Tensor>> {
  const session = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 3 })
  const results = await session.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, { dtype, shape, data }]) => [name, new web.Tensor(dtype, data, shape)]),
    ),
  )
  await session.release()
  return new Map(Object.entries(results).map(([name, value]) => [name, toTensor(value)]))
}

/** The graph's outputs by name, computed by onnxruntime-node. */
export function runGraph(graph: Graph, feeds: Readonly<Record<string, Tensor>>) {
  return runNative(encodeModel(modelOf(graph)), feeds)
}
