/** Tidies a graph that is fully written: what no output needs goes, and outputs take their names from where they are made. */
import type { Attribute, Graph, Node, Value } from './graph.ts'

/** The same computation without dead nodes and constants, and without an Identity before each output. */
export function finish(graph: Graph): Graph {
  return prune(nameOutputs(graph))
}

function prune(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name))
  const nodes: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some(({ name }) => needed.has(name))) continue
    nodes.push(node)
    need(node, needed)
  }
  const initializers = new Map([...graph.initializers].filter(([name]) => needed.has(name)))
  return { ...graph, nodes: nodes.reverse(), initializers }
}

/** Adds what a node reads, its subgraphs' captures included. */
function need(node: Node, needed: Set<string>): void {
  for (const input of node.inputs) if (input) needed.add(input.name)
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.type !== 'graph') continue
    for (const output of attribute.value.outputs) needed.add(output.name)
    for (const inner of attribute.value.nodes) need(inner, needed)
  }
}

/** Where an output only repeats a computed value, the value itself takes the output's name. */
function nameOutputs(graph: Graph): Graph {
  const computed = new Set<string>()
  for (const { outputs } of graph.nodes) for (const { name } of outputs) computed.add(name)
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const renamed = new Map<string, Value>()
  const repeats = new Set<Node>()
  for (const node of graph.nodes) {
    const [source] = node.inputs
    const [output] = node.outputs
    if (node.op !== 'Identity' || !source || !output || !outputs.has(output.name)) continue
    if (!computed.has(source.name) || outputs.has(source.name) || renamed.has(source.name)) continue
    renamed.set(source.name, output)
    repeats.add(node)
  }
  if (repeats.size === 0) return graph
  return { ...graph, nodes: graph.nodes.filter((node) => !repeats.has(node)).map((node) => rename(node, renamed)) }
}

function rename(node: Node, names: ReadonlyMap<string, Value>): Node {
  const replace = (value: Value): Value => names.get(value.name) ?? value
  const named = [...node.inputs, ...node.outputs].some((value) => value && names.has(value.name))
  if (!named && Object.values(node.attributes).every(({ type }) => type !== 'graph')) return node
  return {
    ...node,
    inputs: node.inputs.map((value) => value && replace(value)),
    outputs: node.outputs.map(replace),
    attributes: Object.fromEntries(
      Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => [
        name,
        attribute.type === 'graph'
          ? {
              type: 'graph',
              value: { ...attribute.value, nodes: attribute.value.nodes.map((inner) => rename(inner, names)) },
            }
          : attribute,
      ]),
    ),
  }
}
