/** The two real runtimes graphs are held against: onnxruntime-node (native) and onnxruntime-web (WebAssembly). */
import * as native from 'onnxruntime-node'
import * as web from 'onnxruntime-web'
import { homeOpset, irVersions } from '#engine/compile/opset.ts'
import type { DType, Graph, Model, Tensor, TensorData } from '#engine/graph/graph.ts'
import { encodeModel } from '#engine/onnx/encode.ts'

web.env.wasm.numThreads = 1

/** A graph with the plainest header around it. */
function modelOf(graph: Graph, opset: number): Model {
  return {
    graph,
    opset: { '': opset },
    irVersion: irVersions[opset] ?? 10,
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

type Feeds = Readonly<Record<string, Tensor>>

/** A loaded model: gives its outputs by name. */
export type Run = (feeds: Feeds) => Promise<Map<string, Tensor>>

interface Session<T extends RuntimeTensor> {
  run(feeds: Record<string, T>): Promise<Readonly<Record<string, RuntimeTensor>>>
}

function runWith<T extends RuntimeTensor>(session: Session<T>, toRuntime: (tensor: Tensor) => T): Run {
  return async (feeds) => {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toRuntime(tensor)]))
    const outputs = await session.run(inputs)
    return new Map(Object.entries(outputs).map(([name, value]) => [name, toTensor(value)]))
  }
}

/** Loads a model into onnxruntime-node. */
export async function openNative(bytes: Uint8Array): Promise<Run> {
  const session = await native.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  return runWith(session, ({ dtype, data, shape }) => new native.Tensor(dtype, data, shape))
}

/** Loads a model into onnxruntime-web. */
export async function openWeb(bytes: Uint8Array): Promise<Run> {
  const session = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 3 })
  return runWith(session, ({ dtype, data, shape }) => new web.Tensor(dtype, data, shape))
}

/** Loads a graph of the compiler into onnxruntime-node; of the opset the compiler writes, or of an older one. */
export function openGraph(graph: Graph, opset = homeOpset): Promise<Run> {
  return openNative(encodeModel(modelOf(graph, opset)))
}
