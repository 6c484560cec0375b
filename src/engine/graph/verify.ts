/** Checks a graph before anyone runs it: every value known before its use, every name unique, types stated once. */
import { GraphError, formatShape, sizeOf, type Graph, type Value } from './graph.ts'

/** Throws a GraphError naming the first broken place; `outer` are the values a subgraph may capture. */
export function verify(graph: Graph, outer: ReadonlyMap<string, Value> = new Map()): void {
  const known = new Map(outer)
  const add = (value: Value, what: string): void => {
    if (known.has(value.name)) throw new GraphError(`${what} ${value.name} is named twice in ${graph.name}`)
    known.set(value.name, value)
  }
  for (const [name, tensor] of graph.initializers) {
    const length = tensor.data.length
    if (length !== sizeOf(tensor.shape))
      throw new GraphError(
        `initializer ${name} holds ${length} elements, its shape ${formatShape(tensor.shape)} others`,
      )
    add({ name, dtype: tensor.dtype, shape: tensor.shape }, 'initializer')
  }
  for (const input of graph.inputs) add(input, 'input')
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!input) continue
      const source = known.get(input.name)
      if (!source) throw new GraphError(`${node.op} ${node.name} reads ${input.name} before anything computes it`)
      if (source.dtype !== input.dtype)
        throw new GraphError(`${node.op} ${node.name} reads ${input.name} as ${input.dtype}, but it is ${source.dtype}`)
    }
    for (const attribute of Object.values(node.attributes))
      if (attribute.type === 'graph') verify(attribute.value, known)
    for (const output of node.outputs) add(output, `output of ${node.op}`)
  }
  for (const output of graph.outputs)
    if (!known.has(output.name)) throw new GraphError(`output ${output.name} of ${graph.name} is never computed`)
}
