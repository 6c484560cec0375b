/** A model as the bytes of an `.onnx` file. */
import { create, toBinary } from '@bufbuild/protobuf'
import type { Attribute, Graph, Model, Node, Shape, Value } from '../graph/graph.ts'
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from './onnx_pb.js'
import type { AttributeProto, GraphProto, NodeProto, ValueInfoProto } from './onnx_pb.js'
import { encodeDType, encodeTensor, encodeText } from './tensor.ts'

/** The `.onnx` file of a model: one file, weights inside, initializers not repeated as inputs, every edge typed. */
export function encodeModel(model: Model): Uint8Array {
  const proto = create(ModelProtoSchema, {
    irVersion: BigInt(model.irVersion),
    opsetImport: Object.entries(model.opset).map(([domain, version]) => ({ domain, version: BigInt(version) })),
    producerName: 'Espalier',
    producerVersion: model.producerVersion,
    domain: model.domain,
    modelVersion: BigInt(model.modelVersion),
    docString: model.doc,
    graph: encodeGraph(model.graph),
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
  })
  return toBinary(ModelProtoSchema, proto)
}

function encodeGraph(graph: Graph): GraphProto {
  const declared = new Set(graph.outputs.map((value) => value.name))
  const between = graph.nodes.flatMap((node) => node.outputs).filter((value) => !declared.has(value.name))
  return create(GraphProtoSchema, {
    name: graph.name,
    input: graph.inputs.map(encodeValue),
    output: graph.outputs.map(encodeValue),
    valueInfo: between.map(encodeValue),
    initializer: [...graph.initializers].map(([name, tensor]) => encodeTensor(tensor, name)),
    node: graph.nodes.map(encodeNode),
  })
}

function encodeNode(node: Node): NodeProto {
  return create(NodeProtoSchema, {
    opType: node.op,
    domain: node.domain,
    name: node.name,
    input: node.inputs.map((value) => value?.name ?? ''),
    output: node.outputs.map((value) => value.name),
    attribute: Object.entries(node.attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
  })
}

function encodeAttribute(name: string, attribute: Attribute): AttributeProto {
  switch (attribute.type) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(attribute.value) })
    case 'float':
      return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: attribute.value })
    case 'string':
      return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: encodeText(attribute.value) })
    case 'ints':
      return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: attribute.value.map(BigInt) })
    case 'floats':
      return create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: [...attribute.value] })
    case 'strings':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.STRINGS,
        strings: attribute.value.map(encodeText),
      })
    case 'tensor':
      return create(AttributeProtoSchema, { name, type: AttributeType.TENSOR, t: encodeTensor(attribute.value) })
    case 'graph':
      return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: encodeGraph(attribute.value) })
  }
}

function encodeValue(value: Value): ValueInfoProto {
  const tensorType = { elemType: encodeDType(value.dtype), shape: { dim: encodeShape(value.shape) } }
  return create(ValueInfoProtoSchema, {
    name: value.name,
    type: { value: { case: 'tensorType', value: tensorType } },
  })
}

function encodeShape(shape: Shape) {
  return shape.map((dim) =>
    typeof dim === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(dim) } }
      : { value: { case: 'dimParam' as const, value: dim } },
  )
}
