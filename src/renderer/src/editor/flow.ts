/** Between the project's network and the nodes and edges that the canvas draws. */
import type { Edge, Node } from '@xyflow/svelte'
import type { ProjectGraph, Wire } from '#engine/project/project.ts'

export type CardNode = Node<{ name: string }, 'layer'>
export type WireEdge = Edge<Record<string, never>, 'wire'>

/** What the canvas calls a wire. */
export const wireId = ({ from, to }: Wire): string => `${from}→${to}`

/** Nodes for the canvas; what the canvas itself measured and a drag under way are kept from the ones before. */
export function toNodes(graph: ProjectGraph, before: readonly CardNode[], selected: readonly string[]): CardNode[] {
  const known = new Map(before.map((node) => [node.id, node]))
  return graph.nodes.map(({ name, kind, position }) => {
    const old = known.get(name)
    const isSelected = selected.includes(name)
    if (old && old.selected === isSelected && old.position.x === position.x && old.position.y === position.y) return old
    return {
      ...old,
      id: name,
      type: 'layer',
      position: { ...position },
      data: { name },
      selected: isSelected,
      ariaLabel: `${name}, ${kind}`,
    }
  })
}

export function toEdges(graph: ProjectGraph, selected: readonly Wire[]): WireEdge[] {
  const chosen = new Set(selected.map(wireId))
  return graph.wires.map((wire) => ({
    id: wireId(wire),
    type: 'wire',
    source: wire.from,
    target: wire.to,
    selected: chosen.has(wireId(wire)),
    ariaLabel: `from ${wire.from} to ${wire.to}`,
  }))
}
