/** Lays a network out from its wires alone. */
import { Graph, layout } from '@dagrejs/dagre'
import type { ProjectGraph, ProjectNode } from '#engine/project/project.ts'
import { directionOf } from '#engine/project/drawing.ts'

/** Width and height of a card as the layout counts it. */
const card = { width: 180, height: 84 }

/** New positions by node name, top left corners; the network keeps its direction. */
export function tidyPositions(network: ProjectGraph): Map<string, ProjectNode['position']> {
  const graph = new Graph()
  const right = directionOf(network) === 'right'
  graph.setGraph({ rankdir: right ? 'LR' : 'TB', ranksep: right ? 60 : 44, nodesep: 40 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { name } of network.nodes) graph.setNode(name, { ...card })
  for (const { from, to } of network.wires) graph.setEdge(from, to)
  layout(graph)
  return new Map(
    network.nodes.map(({ name }) => {
      const { x = 0, y = 0 } = graph.node(name)
      return [name, { x: x - card.width / 2, y: y - card.height / 2 }]
    }),
  )
}
