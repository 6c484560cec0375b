/** How the layers of a drawn graph follow each other. */
import type { ProjectGraph, ProjectNode } from './project.ts'

/** The nodes in an order in which every input comes first; `cycle` names those that feed themselves and are left out. */
export function orderNodes(graph: ProjectGraph): {
  readonly order: readonly ProjectNode[]
  readonly cycle: readonly string[]
} {
  const waiting = new Map(graph.nodes.map((node) => [node.name, new Set(inputsOf(graph, node.name))]))
  const order: ProjectNode[] = []
  for (let found = true; found;) {
    found = false
    for (const node of graph.nodes) {
      const inputs = waiting.get(node.name)
      if (!inputs || [...inputs].some((name) => waiting.has(name))) continue
      waiting.delete(node.name)
      order.push(node)
      found = true
    }
  }
  return { order, cycle: [...waiting.keys()] }
}

/** The names of the nodes that feed a node, in the order of its wires. */
export function inputsOf(graph: ProjectGraph, name: string): readonly string[] {
  return graph.wires.filter(({ to }) => to === name).map(({ from }) => from)
}

/** The Inputs of a graph, in the order they were drawn. */
export function entriesOf(graph: ProjectGraph): readonly ProjectNode[] {
  return graph.nodes.filter(({ kind }) => kind === 'input')
}

/** The nodes whose output goes nowhere: what the network puts out, in the order they were drawn. */
export function endsOf(graph: ProjectGraph): readonly ProjectNode[] {
  const read = new Set(graph.wires.map(({ from }) => from))
  return graph.nodes.filter(({ name }) => !read.has(name))
}
