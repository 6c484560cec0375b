/** What a network costs to compute: multiplications and additions for one row. */
import type { Graph, Node, Shape, Value } from '../graph/graph.ts'
import { intAttribute, intsAttribute } from '../ops/attributes.ts'

/** Ops that only move elements, or look at sizes. */
const moving = new Set([
  ...['Identity', 'Reshape', 'Flatten', 'Unsqueeze', 'Squeeze', 'Transpose', 'Concat', 'Split', 'Slice', 'Pad', 'Tile'],
  ...['Expand', 'Gather', 'GatherElements', 'GatherND', 'ScatterElements', 'ScatterND', 'Constant', 'ConstantOfShape'],
  ...['Shape', 'Size', 'Range', 'Cast', 'DepthToSpace', 'SpaceToDepth', 'LabelEncoder', 'ReverseSequence', 'OneHot'],
])

/** Gates of the recurrent ops. */
const gates: Readonly<Record<string, number>> = { RNN: 1, GRU: 3, LSTM: 4 }

/** The number of elements of a shape for a batch of one row. */
function elements(shape: Shape): number {
  return shape
    .flatMap((dim) => String(dim).split('*'))
    .reduce((product, factor) => product * (Number.isInteger(Number(factor)) ? Number(factor) : 1), 1)
}

const sizeAt = (value: Value | null | undefined, axis: number): number => elements([value?.shape.at(axis) ?? 1])
const places = (value: Value | null | undefined): number => elements(value?.shape.slice(2) ?? [])

function costOf({ op, inputs, outputs, attributes }: Node): number {
  const [x, weights, bias] = inputs
  const out = elements(outputs[0]?.shape ?? [])
  const into = elements(x?.shape ?? [])
  const added = bias ? out : 0
  switch (op) {
    case 'MatMul':
      return 2 * out * sizeAt(x, -1)
    case 'Gemm':
      return 2 * out * sizeAt(x, intAttribute(attributes, 'transA', 0) === 1 ? 0 : -1) + added
    case 'Conv':
      return 2 * out * sizeAt(weights, 1) * places(weights) + added
    case 'ConvTranspose':
      return 2 * into * sizeAt(weights, 1) * places(weights) + added
    case 'Einsum':
      return 2 * Math.max(...inputs.map((input) => elements(input?.shape ?? [])), out)
    case 'MaxPool':
    case 'AveragePool':
      return out * elements(intsAttribute(attributes, 'kernel_shape') ?? [])
    default:
  }
  const gated = gates[op]
  if (gated !== undefined && weights) {
    // X [steps, batch, inputs], W [directions, gates · units, inputs]: the products of inputs and state with all gates.
    const [directions, rows] = [sizeAt(weights, 0), sizeAt(weights, 1)]
    return 2 * sizeAt(x, 0) * directions * rows * (sizeAt(x, -1) + rows / gated)
  }
  if (moving.has(op)) return 0
  return op.startsWith('Reduce') || op.startsWith('Global') ? into : out
}

/** Multiplications and additions of a graph, or of some of its nodes, for one row; other ops count one for each element they give. */
export function operationsOf({ nodes }: Pick<Graph, 'nodes'>): number {
  return nodes.reduce((sum, node) => {
    const inner = Object.values(node.attributes).map((attribute) =>
      attribute.type === 'graph' ? operationsOf(attribute.value) : 0,
    )
    return sum + costOf(node) + inner.reduce((total, cost) => total + cost, 0)
  }, 0)
}
