/** Lays a network out from its wires alone. */
import { Graph, layout } from '@dagrejs/dagre'
import type { ProjectGraph, ProjectNode } from '#engine/project/project.ts'
import { directionOf } from '#engine/project/drawing.ts'
import { summaryOf } from './cards.ts'

/** Height of a card as the layout counts it. */
const height = 92

/** About how wide a card is: as wide as its name or what it says of the layer, within the bounds of cards. */
function widthOf(node: ProjectNode): number {
  const text = Math.min(220, 6.6 * summaryOf(node).length)
  return Math.max(168, 26 + Math.max(text, 7.8 * node.name.length))
}

/** New positions by node name, top left corners; the network keeps its direction. */
export function tidyPositions(network: ProjectGraph): Map<string, ProjectNode['position']> {
  const graph = new Graph()
  const right = directionOf(network) === 'right'
  graph.setGraph({ rankdir: right ? 'LR' : 'TB', ranksep: right ? 60 : 44, nodesep: 40 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of network.nodes) graph.setNode(node.name, { width: widthOf(node), height })
  for (const { from, to } of network.wires) graph.setEdge(from, to)
  layout(graph)
  return new Map(
    network.nodes.map(({ name }) => {
      const { x = 0, y = 0, width } = graph.node(name)
      return [name, { x: x - width / 2, y: y - height / 2 }]
    }),
  )
}
