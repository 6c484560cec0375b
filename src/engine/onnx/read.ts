/** Any `.onnx` file as it stands: edges are names, and nothing is known of them but what the file says. */
import { create } from '@bufbuild/protobuf'
import type { Attribute, DType, Tensor } from '../graph/graph.ts'
import { decodeAttribute, parse } from './decode.ts'
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './onnx_pb.js'
import type { AttributeProto, NodeProto, TensorProto, TensorShapeProto_Dimension, ValueInfoProto } from './onnx_pb.js'
import { decodeDType, decodeTensor, OnnxError } from './tensor.ts'

export interface FileNode {
  readonly op: string
  readonly domain: string
  readonly name: string
  /** Names of values; '' stands for an optional one left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface FileValue {
  readonly name: string
  /** Null where Espalier has no such type. */
  readonly dtype: DType | null
  /** Sizes, the names of open ones, or null where the file says neither; no shape at all is null too. */
  readonly shape: readonly (number | string | null)[] | null
}

export interface ModelFile {
  readonly name: string
  readonly producer: string
  /** Version by domain; '' is ONNX itself. */
  readonly opset: Readonly<Record<string, number>>
  readonly metadata: Readonly<Record<string, string>>
  /** What has to be fed: initializers that old files list as inputs are left out. */
  readonly inputs: readonly FileValue[]
  readonly outputs: readonly FileValue[]
  readonly initializers: ReadonlyMap<string, Tensor>
  readonly nodes: readonly FileNode[]
  /** What could not be read, one sentence part each; the rest stands. */
  readonly problems: readonly string[]
}

/** The bytes of a file beside the model that holds its numbers, by the name the model has for it; null where there is none. */
export type SecondFile = (location: string) => Uint8Array | null

/** Reads a file of whatever origin; throws an OnnxError when it is no ONNX model at all. */
export function readModel(bytes: Uint8Array, secondFile: SecondFile = () => null): ModelFile {
  const proto = parse(bytes)
  const { graph } = proto
  if (graph === undefined) throw new OnnxError('this is not an ONNX model: it has no graph')
  const problems: string[] = []
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error
      problems.push(error.message)
      return null
    }
  }
  if (proto.functions.length > 0) problems.push('it has functions of its own, which are not supported')
  if (graph.sparseInitializer.length > 0) problems.push('it has sparse weights, which are not supported')
  const initializers = new Map<string, Tensor>()
  for (const initializer of graph.initializer) {
    const tensor = attempt(() => decodeTensor(gathered(initializer, secondFile), initializer.name))
    if (tensor) initializers.set(initializer.name, tensor)
  }
  const stored = new Set(graph.initializer.map(({ name }) => name))
  return {
    name: graph.name,
    producer: proto.producerName,
    opset: Object.fromEntries(
      proto.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
    ),
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value])),
    inputs: graph.input.filter(({ name }) => !stored.has(name)).map(readValue),
    outputs: graph.output.map(readValue),
    initializers,
    nodes: graph.node.map((node) => readNode(node, attempt)),
    problems,
  }
}

/** The tensor with its numbers in it, wherever they lie. */
function gathered(proto: TensorProto, secondFile: SecondFile): TensorProto {
  if (proto.dataLocation !== TensorProto_DataLocation.EXTERNAL) return proto
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]))
  const location = entries.get('location') ?? ''
  const bytes = secondFile(location)
  if (!bytes) throw new OnnxError(`the numbers of ${proto.name} are in ${location}, which is not beside the model`)
  const offset = Number(entries.get('offset') ?? 0)
  const length = entries.has('length') ? Number(entries.get('length')) : bytes.length - offset
  const rawData = bytes.subarray(offset, offset + length)
  const { name, dims, dataType } = proto
  return create(TensorProtoSchema, { name, dims, dataType, rawData })
}

function readNode(proto: NodeProto, attempt: <T>(read: () => T) => T | null): FileNode {
  const { opType: op, name, input, output } = proto
  const owner = `${op} ${name}`.trim()
  const attributes = proto.attribute.flatMap((attribute: AttributeProto) => {
    // What ops with graphs inside compute is not asked for: there is no layer for them.
    if (attribute.type === AttributeType.GRAPH) return []
    const read = attempt(() => decodeAttribute(attribute, [], owner))
    return read ? [[attribute.name, read] as const] : []
  })
  const domain = proto.domain === 'ai.onnx' ? '' : proto.domain
  return { op, domain, name, inputs: input, outputs: output, attributes: Object.fromEntries(attributes) }
}

function readValue({ name, type }: ValueInfoProto): FileValue {
  if (type?.value.case !== 'tensorType') return { name, dtype: null, shape: null }
  const { elemType, shape } = type.value.value
  return { name, dtype: dtypeOf(elemType, name), shape: shape?.dim.map(({ value }) => sizeOf(value)) ?? null }
}

function sizeOf(dim: TensorShapeProto_Dimension['value']): number | string | null {
  if (dim.case === 'dimValue') return Number(dim.value)
  return dim.value || null
}

function dtypeOf(elemType: number, name: string): DType | null {
  try {
    return decodeDType(elemType, name)
  } catch {
    return null
  }
}
