import { inputsOf, orderNodes } from '#engine/project/order.ts'
import type { ProjectGraph, ProjectNode } from '#engine/project/project.ts'

const column = 220
const row = 120

/** Places nodes on the canvas: each a column right of what feeds it, those of a column below each other. */
export function place(graph: {
  readonly nodes: readonly Omit<ProjectNode, 'position'>[]
  readonly wires: ProjectGraph['wires']
}): ProjectGraph {
  const nodes = graph.nodes.map((node): ProjectNode => ({ ...node, position: { x: 0, y: 0 } }))
  const loose = { nodes, wires: graph.wires }
  const depths = new Map<string, number>()
  for (const { name } of orderNodes(loose).order) {
    const sources = inputsOf(loose, name).map((source) => depths.get(source) ?? 0)
    depths.set(name, sources.length > 0 ? Math.max(...sources) + 1 : 0)
  }
  const filled = new Map<number, number>()
  const placed = nodes.map((node) => {
    const depth = depths.get(node.name) ?? 0
    const above = filled.get(depth) ?? 0
    filled.set(depth, above + 1)
    return { ...node, position: { x: depth * column, y: above * row } }
  })
  return { nodes: placed, wires: graph.wires }
}
