/** The bytes of an `.onnx` file as a model. */
import { fromBinary } from '@bufbuild/protobuf'
import type { Attribute, Graph, Model, Node, Shape, Tensor, Value } from '../graph/graph.ts'
import { AttributeProto_AttributeType as AttributeType, ModelProtoSchema } from './onnx_pb.js'
import type { AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto } from './onnx_pb.js'
import { decodeDType, decodeTensor, decodeText, OnnxError } from './tensor.ts'

/** Reads an `.onnx` file whose edges are all typed (Espalier's are); throws an OnnxError that names what it cannot read. */
export function decodeModel(bytes: Uint8Array): Model {
  const proto = parse(bytes)
  if (proto.graph === undefined) throw new OnnxError('this is not an ONNX model: it has no graph')
  if (proto.functions.length > 0) throw new OnnxError('models with functions of their own are not supported')
  return {
    graph: decodeGraph(proto.graph, []),
    opset: Object.fromEntries(proto.opsetImport.map((entry) => [entry.domain, Number(entry.version)])),
    irVersion: Number(proto.irVersion),
    producerVersion: proto.producerVersion,
    domain: proto.domain,
    modelVersion: Number(proto.modelVersion),
    doc: proto.docString,
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value])),
  }
}

/** The message in an `.onnx` file as protobuf has it; throws an OnnxError when the bytes are none. */
export function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch (error) {
    throw new OnnxError('this is not an ONNX model, or it is damaged', { cause: error })
  }
}

/** Values by name, innermost graph first: a subgraph sees what the graphs around it know at that point. */
type Scope = readonly ReadonlyMap<string, Value>[]

function decodeGraph(proto: GraphProto, outer: Scope): Graph {
  if (proto.sparseInitializer.length > 0)
    throw new OnnxError(`${proto.name} has sparse weights, which are not supported`)
  const inputs = proto.input.map(decodeValue)
  const declared = [...proto.output, ...proto.valueInfo].map(decodeValue)
  const types = new Map(declared.map((value) => [value.name, value]))
  const known = new Map(inputs.map((value) => [value.name, value]))
  const scope = [known, ...outer]

  const initializers = new Map<string, Tensor>()
  for (const initializer of proto.initializer) {
    const tensor = decodeTensor(initializer, initializer.name)
    initializers.set(initializer.name, tensor)
    if (known.has(initializer.name)) continue
    known.set(initializer.name, { name: initializer.name, dtype: tensor.dtype, shape: tensor.shape })
  }
  const nodes = proto.node.map((node) => {
    const decoded = decodeNode(node, scope, types)
    for (const output of decoded.outputs) known.set(output.name, output)
    return decoded
  })
  const outputs = proto.output.map(({ name }) => find(name, scope, `${proto.name}'s outputs`))
  return { name: proto.name, inputs, outputs, initializers, nodes }
}

function decodeNode(proto: NodeProto, scope: Scope, types: ReadonlyMap<string, Value>): Node {
  const owner = `${proto.opType} ${proto.name}`.trim()
  return {
    op: proto.opType,
    domain: proto.domain,
    name: proto.name,
    inputs: proto.input.map((name) => (name === '' ? null : find(name, scope, owner))),
    outputs: proto.output.map((name) => {
      const value = types.get(name)
      if (value === undefined) throw new OnnxError(`the file does not say what type ${name}, made by ${owner}, has`)
      return value
    }),
    attributes: Object.fromEntries(
      proto.attribute.map((attribute) => [attribute.name, decodeAttribute(attribute, scope, owner)]),
    ),
  }
}

function find(name: string, scope: Scope, user: string): Value {
  for (const names of scope) {
    const value = names.get(name)
    if (value !== undefined) return value
  }
  throw new OnnxError(`${user} needs ${name}, which nothing before it makes`)
}

/** An attribute of a node, which `owner` names in messages; subgraphs see the values of `scope`. */
export function decodeAttribute(proto: AttributeProto, scope: Scope, owner: string): Attribute {
  const { type, t, g } = proto
  if (type === AttributeType.INT) return { type: 'int', value: Number(proto.i) }
  if (type === AttributeType.FLOAT) return { type: 'float', value: proto.f }
  if (type === AttributeType.STRING) return { type: 'string', value: decodeText(proto.s) }
  if (type === AttributeType.INTS) return { type: 'ints', value: proto.ints.map(Number) }
  if (type === AttributeType.FLOATS) return { type: 'floats', value: proto.floats }
  if (type === AttributeType.STRINGS) return { type: 'strings', value: proto.strings.map(decodeText) }
  if (type === AttributeType.TENSOR && t) return { type: 'tensor', value: decodeTensor(t, `${owner}'s ${proto.name}`) }
  if (type === AttributeType.GRAPH && g) return { type: 'graph', value: decodeGraph(g, scope) }
  throw new OnnxError(`${owner}'s attribute ${proto.name} is of a type that is not supported`)
}

function decodeValue(proto: ValueInfoProto): Value {
  const type = proto.type?.value
  if (type?.case !== 'tensorType') throw new OnnxError(`${proto.name} is not a tensor, which is not supported`)
  if (type.value.shape === undefined) throw new OnnxError(`the file does not say what shape ${proto.name} has`)
  const shape: Shape = type.value.shape.dim.map((dim, axis) => {
    if (dim.value.case === 'dimValue') return Number(dim.value.value)
    return dim.value.value || `${proto.name}.${axis}`
  })
  return { name: proto.name, dtype: decodeDType(type.value.elemType, proto.name), shape }
}
