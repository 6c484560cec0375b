/** What older opsets want written differently. The compiler writes opset 21; this rewrites a graph for those before. */
import { GraphError, type Attribute, type Graph, type Node, type Tensor } from '../graph/graph.ts'

/** The IR version that goes with each opset an export may have (onnx/helper.py). */
export const irVersions: Readonly<Record<number, number>> = {
  12: 7,
  13: 7,
  14: 7,
  15: 8,
  16: 8,
  17: 8,
  18: 8,
  19: 9,
  20: 9,
  21: 10,
}

/** The opset the compiler writes, and the one training runs in. */
export const homeOpset = 21

/** From which opset on the axes of an op are its second input instead of an attribute. */
const axesAsInput: Readonly<Record<string, number>> = {
  Unsqueeze: 13,
  Squeeze: 13,
  ReduceSum: 13,
  ReduceMean: 18,
  ReduceMax: 18,
  ReduceSumSquare: 18,
  ReduceL1: 18,
}

/** The same computation in the words of an older opset; throws on what it cannot say. */
export function lowerToOpset(graph: Graph, opset: number): Graph {
  const constants = new Map(graph.initializers)
  const nodes = graph.nodes.flatMap((node) => lowerNode(node, opset, constants))
  const used = new Set(nodes.flatMap(({ inputs }) => inputs.map((value) => value?.name)))
  const initializers = new Map([...constants].filter(([name]) => used.has(name)))
  return { ...graph, nodes, initializers }
}

function lowerNode(node: Node, opset: number, constants: ReadonlyMap<string, Tensor>): Node[] {
  const since = axesAsInput[node.op]
  if (since !== undefined && opset < since && node.inputs[1]) return [axesToAttribute(node, constants)]
  return [node]
}

function axesToAttribute(node: Node, constants: ReadonlyMap<string, Tensor>): Node {
  const [data, axes] = node.inputs
  const tensor = axes && constants.get(axes.name)
  if (!data || !tensor) throw new GraphError(`${node.name} needs constant axes`)
  const attribute: Attribute = { type: 'ints', value: Array.from(tensor.data, Number) }
  return { ...node, inputs: [data], attributes: { ...node.attributes, axes: attribute } }
}
