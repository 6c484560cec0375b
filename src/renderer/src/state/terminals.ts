/** The Inputs and outputs of the network being drawn, by name. */
import { type Terminals, blockOf, terminalsOf } from '#engine/project/blocks.ts'
import { endsOf } from '#engine/project/order.ts'
import type { ProjectGraph, ProjectNode } from '#engine/project/project.ts'

/** The name under which a node that ends the network puts out: its own, or inside a block that of its last layer. */
export function outputName(graph: ProjectGraph, node: ProjectNode): string {
  if (node.kind !== 'block') return node.name
  const inner = blockOf(graph, node)
  const [last] = endsOf(inner)
  return last ? `${node.name}/${outputName(inner, last)}` : node.name
}

/** The network without layers that no data reach yet. */
function reachedBy({ nodes, wires }: ProjectGraph): ProjectGraph {
  const reached = new Set(
    nodes.flatMap(({ name, kind }) => (kind === 'input' && wires.some(({ from }) => from === name) ? [name] : [])),
  )
  // A set gives what is added to it while it is gone through.
  for (const name of reached) for (const { from, to } of wires) if (from === name) reached.add(to)
  return reached.size === 0 ? { nodes, wires } : { nodes: nodes.filter(({ name }) => reached.has(name)), wires }
}

/** The Inputs and outputs of a network being drawn: a layer just placed, which nothing leads to, is not one yet. */
export const connectedTerminals = (graph: ProjectGraph): Terminals => terminalsOf(reachedBy(graph))
