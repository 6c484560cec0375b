/** The nodes of a drawn graph in an order in which every input comes first. */
import type { Project, ProjectNode } from './project.ts'

/** `cycle` names the nodes that feed themselves, when there are any; they are left out of `order`. */
export function orderNodes(graph: Project['graph']): {
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
export function inputsOf(graph: Project['graph'], name: string): readonly string[] {
  return graph.wires.filter(({ to }) => to === name).map(({ from }) => from)
}
