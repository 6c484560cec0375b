/** Layers put into a drawn network: a name of their own, a place on the canvas, wires, and room made for them. */
import type { ProjectGraph, ProjectNode, Setting, Wire } from './project.ts'

type Point = ProjectNode['position']

/** How far apart cards stand when they are placed for the user. */
export const step = { x: 240, y: 128 }

/** A layer that has neither name nor place yet. */
export type NewLayer = Setting & Pick<ProjectNode, 'block' | 'sameAs'>

/** A network with one more layer, and what that layer is called. */
export interface Inserted {
  readonly graph: ProjectGraph
  readonly name: string
}

/** A name no node has yet: `dense3`. */
export function freeName(nodes: readonly ProjectNode[], kind: string): string {
  const taken = new Set(nodes.map((node) => node.name))
  for (let number = 1; ; number++) {
    const name = `${kind}${number}`
    if (!taken.has(name)) return name
  }
}

/** Whether the network is drawn downwards or to the right: what most of its wires do. */
export function directionOf({ nodes, wires }: ProjectGraph): 'down' | 'right' {
  const at = new Map(nodes.map((node) => [node.name, node.position]))
  let right = 0
  for (const { from, to } of wires) {
    const [a, b] = [at.get(from), at.get(to)]
    if (a && b) right += Math.abs(b.x - a.x) > Math.abs(b.y - a.y) ? 1 : -1
  }
  return right > 0 ? 'right' : 'down'
}

/** One place on in the direction the network is drawn. */
export const shiftOf = (graph: ProjectGraph): Point =>
  directionOf(graph) === 'right' ? { x: step.x, y: 0 } : { x: 0, y: step.y }

/** The node so far from where it stood. */
export const moved = (node: ProjectNode, by: Point): ProjectNode => ({
  ...node,
  position: { x: node.position.x + by.x, y: node.position.y + by.y },
})

/** All nodes reached from this one along the wires, itself left out. */
export function downstream(wires: readonly Wire[], name: string): Set<string> {
  const found = new Set<string>()
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const wire of wires) {
      if (wire.from === next && !found.has(wire.to)) {
        found.add(wire.to)
        open.push(wire.to)
      }
    }
  }
  return found
}

/**
 * Puts a layer before another: it takes over these of that one's inputs, by their numbers, and feeds it in place of the first
 * of them; without any it is one input more. It stands where the other stood, which moves on with all that follows it; a layer
 * that takes nothing over stands one place before.
 */
export function insertBefore(
  { nodes, wires }: ProjectGraph,
  layer: NewLayer,
  to: string,
  inputs: readonly number[],
): Inserted {
  const name = freeName(nodes, layer.kind)
  const incoming = wires.filter((wire) => wire.to === to)
  const taken = inputs.flatMap((input) => incoming[input] ?? [])
  const [first] = taken
  const shift = shiftOf({ nodes, wires })
  const next = nodes.find((node) => node.name === to)?.position ?? { x: 0, y: 0 }
  const following = first ? downstream(wires, to).add(to) : new Set<string>()
  const position = first ? next : { x: next.x - shift.x, y: next.y - shift.y }
  const feed: Wire = { from: name, to }
  const kept = wires.flatMap((wire) => (wire === first ? [feed] : taken.includes(wire) ? [] : [wire]))
  const added: ProjectNode = { ...layer, name, position }
  return {
    graph: {
      nodes: [...nodes.map((node) => (following.has(node.name) ? moved(node, shift) : node)), added],
      wires: [...kept, ...(first ? [] : [feed]), ...taken.map(({ from }) => ({ from, to: name }))],
    },
    name,
  }
}

/** Puts layers, one after the other, behind a node that ends the network. */
export function appendAfter(graph: ProjectGraph, layers: readonly NewLayer[], after: string): ProjectGraph {
  const shift = shiftOf(graph)
  let { nodes, wires } = graph
  let last = nodes.find((node) => node.name === after)
  for (const layer of layers) {
    if (!last) break
    const name = freeName(nodes, layer.kind)
    const added: ProjectNode = { ...layer, name, position: moved(last, shift).position }
    wires = [...wires, { from: last.name, to: name }]
    nodes = [...nodes, added]
    last = added
  }
  return { nodes, wires }
}
