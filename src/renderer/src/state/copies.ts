/** Copies of layers, within a network and from one to another. */
import type { ProjectGraph, ProjectNode } from '#engine/project/project.ts'
import { directionOf, freeName, step } from '#engine/project/drawing.ts'
import { originalOf } from '#engine/project/sharing.ts'

/** The part of a network between these nodes; one that is another once more knows its settings, should it lose sight of it. */
export function partOf(graph: ProjectGraph, names: readonly string[]): ProjectGraph {
  const kept = new Set(names)
  return {
    nodes: graph.nodes.flatMap((node) => {
      if (!kept.has(node.name)) return []
      const { params, block } = originalOf(graph, node)
      return [{ ...node, params, ...(block ? { block } : {}) }]
    }),
    wires: graph.wires.filter((wire) => kept.has(wire.from) && kept.has(wire.to)),
  }
}

/** Adds copies of nodes with the wires between them, a little aside; gives the copies' names too. */
export function addCopies(graph: ProjectGraph, copied: ProjectGraph): { graph: ProjectGraph; names: string[] } {
  const nodes = [...graph.nodes]
  const names = new Map<string, string>()
  for (const { sameAs, ...node } of copied.nodes) {
    const name = freeName(nodes, node.kind)
    names.set(node.name, name)
    const here = graph.nodes.find((other) => other.name === sameAs && other.kind === node.kind)
    const original = names.get(sameAs ?? '') ?? here?.name
    const position = { x: node.position.x + 40, y: node.position.y + 40 }
    nodes.push({ ...node, name, position, ...(original === undefined ? {} : { sameAs: original }) })
  }
  const wires = copied.wires.flatMap((wire) => {
    const [from, to] = [names.get(wire.from), names.get(wire.to)]
    return from && to ? [{ from, to }] : []
  })
  return { graph: { nodes, wires: [...graph.wires, ...wires] }, names: [...names.values()] }
}

/** The nearest place across the direction of the network that no card is at. */
function placeBeside(graph: ProjectGraph, { position }: ProjectNode): ProjectNode['position'] {
  const by = directionOf(graph) === 'right' ? { x: 0, y: step.y } : { x: step.x, y: 0 }
  let place = { x: position.x + by.x, y: position.y + by.y }
  const isTaken = ({ position: other }: ProjectNode): boolean =>
    Math.abs(other.x - place.x) < step.x / 2 && Math.abs(other.y - place.y) < step.y / 2
  while (graph.nodes.some(isTaken)) place = { x: place.x + by.x, y: place.y + by.y }
  return place
}

/** Draws a layer once more with the same weights, beside itself and not connected yet; gives the new node's name too. */
export function repeatNode(graph: ProjectGraph, name: string): { graph: ProjectGraph; name: string } {
  const node = graph.nodes.find((other) => other.name === name)
  if (!node) throw new Error(`there is no node ${name}`)
  const { kind } = node
  const repeat = {
    name: freeName(graph.nodes, kind),
    kind,
    params: {},
    position: placeBeside(graph, node),
    sameAs: originalOf(graph, node).name,
  }
  return { graph: { ...graph, nodes: [...graph.nodes, repeat] }, name: repeat.name }
}
