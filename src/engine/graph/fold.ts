/** Computes ahead what only moves the elements of constants: a kernel that is transposed becomes a transposed constant. */
import type { Graph, Node, Tensor, TensorData, Value } from './graph.ts'

/** Ops that leave the elements in their order: the value's own shape says the rest. */
const reshaping = ['Reshape', 'Unsqueeze', 'Squeeze', 'Flatten', 'Identity']

/**
 * The same computation without the nodes that transpose or reshape a constant. A constant that nothing else reads as it was
 * keeps its name, so that a kernel is still called `conv1/kernel` in the layout an op wants it in.
 */
export function fold(graph: Graph): Graph {
  const reads = new Map<string, number>()
  const count = (name: string): void => void reads.set(name, (reads.get(name) ?? 0) + 1)
  for (const { inputs } of graph.nodes) for (const input of inputs) if (input) count(input.name)
  for (const { name } of graph.outputs) count(name)
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const initializers = new Map(graph.initializers)
  const folded = new Map<string, Value>()
  const nodes: Node[] = []
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((value) => value && (folded.get(value.name) ?? value))
    const [source, output] = [inputs[0], node.outputs[0]]
    const tensor = source && initializers.get(source.name)
    const moved = tensor && output && !outputs.has(output.name) ? move(node, tensor, output) : undefined
    if (!source || !output || !moved) {
      nodes.push({ ...node, inputs })
      continue
    }
    const read = node.inputs[0]?.name ?? source.name
    const others = (reads.get(read) ?? 1) - 1
    reads.set(read, others)
    const name = others === 0 ? source.name : output.name
    initializers.set(name, moved)
    folded.set(output.name, { ...output, name, shape: moved.shape })
  }
  const needed = new Set(nodes.flatMap(({ inputs }) => inputs.map((value) => value?.name)))
  return {
    ...graph,
    nodes,
    initializers: new Map([...initializers].filter(([name]) => needed.has(name) || outputs.has(name))),
  }
}

/** What a node makes of a constant; undefined when it does more than move its elements, or its sizes are not known. */
function move(node: Node, tensor: Tensor, { shape }: Value): Tensor | undefined {
  const sizes = shape.filter((dim) => typeof dim === 'number')
  if (sizes.length !== shape.length) return undefined
  if (reshaping.includes(node.op)) return { ...tensor, shape: sizes }
  const perm = node.attributes['perm']
  return node.op === 'Transpose' && perm?.type === 'ints' ? transpose(tensor, perm.value) : undefined
}

/** The tensor with its axes in another order: axis i of the result is axis perm[i]. */
export function transpose({ dtype, shape, data }: Tensor, perm: readonly number[]): Tensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const sizes = perm.map((axis) => shape[axis] ?? 1)
  const steps = perm.map((axis) => strides[axis] ?? 1)
  const sources = new Uint32Array(data.length)
  const position = sizes.map(() => 0)
  let source = 0
  for (let index = 0; index < sources.length; index++) {
    sources[index] = source
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const [size = 1, step = 1] = [sizes[axis], steps[axis]]
      const next = (position[axis] ?? 0) + 1
      position[axis] = next === size ? 0 : next
      source += next === size ? step * (1 - size) : step
      if (next < size) break
    }
  }
  return { dtype, shape: sizes, data: pick(data, sources) }
}

function pick(data: TensorData, sources: Uint32Array): TensorData {
  if (Array.isArray(data)) return Array.from(sources, (source) => data[source] ?? '')
  const moved = data.slice()
  if (moved instanceof BigInt64Array) sources.forEach((source, index) => (moved[index] = BigInt(data[source] ?? 0)))
  else if (!Array.isArray(moved)) sources.forEach((source, index) => (moved[index] = Number(data[source])))
  return moved
}
