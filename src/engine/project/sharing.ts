/** Layers that are drawn more than once: the settings and weights are those of the layer drawn first. */
import type { ProjectGraph, ProjectNode } from './project.ts'

/** The layer whose settings and weights a node has: itself, or the one it is once more. */
export const originalOf = ({ nodes }: ProjectGraph, node: ProjectNode): ProjectNode =>
  nodes.find(({ name }) => name === node.sameAs) ?? node

/** A node with the settings of the layer it was once more. */
export function independent({ sameAs: _, ...node }: ProjectNode, { params, block, frozen }: ProjectNode): ProjectNode {
  return { ...node, params, ...(block ? { block } : {}), ...(frozen ? { frozen } : {}) }
}

/** Gives a node the settings of the layer it was once more, and weights of its own from here on. */
export function separate(graph: ProjectGraph, name: string): ProjectGraph {
  const nodes = graph.nodes.map((node) => (node.name === name ? independent(node, originalOf(graph, node)) : node))
  return { ...graph, nodes }
}
