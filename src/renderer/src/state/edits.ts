/** What the editor does to a network, as functions from project to project. */
import type { Project, ProjectNode, Setting, Wire } from '#engine/project/project.ts'
import { arityOf } from '../definitions.ts'
import { texts } from '../texts.ts'

type Network = Project['graph']
type Point = ProjectNode['position']

/** How far apart cards stand when the editor places one. */
export const step = { x: 240, y: 128 }

const withGraph = (project: Project, graph: Partial<Network>): Project => ({
  ...project,
  graph: { ...project.graph, ...graph },
})

/** A name no node has yet: `dense3`. */
function freeName(nodes: readonly ProjectNode[], kind: string): string {
  const taken = new Set(nodes.map((node) => node.name))
  for (let number = 1; ; number++) {
    const name = `${kind}${number}`
    if (!taken.has(name)) return name
  }
}

/** Whether the network is drawn downwards or to the right: what most of its wires do. */
export function directionOf({ nodes, wires }: Network): 'down' | 'right' {
  const at = new Map(nodes.map((node) => [node.name, node.position]))
  let right = 0
  for (const { from, to } of wires) {
    const [a, b] = [at.get(from), at.get(to)]
    if (a && b) right += Math.abs(b.x - a.x) > Math.abs(b.y - a.y) ? 1 : -1
  }
  return right > 0 ? 'right' : 'down'
}

/** One place on in the direction the network is drawn. */
const shiftOf = (graph: Network): Point => (directionOf(graph) === 'right' ? { x: step.x, y: 0 } : { x: 0, y: step.y })

const moved = (node: ProjectNode, by: Point): ProjectNode => ({
  ...node,
  position: { x: node.position.x + by.x, y: node.position.y + by.y },
})

/** All nodes reached from this one along the wires, itself left out. */
function downstream(wires: readonly Wire[], name: string): Set<string> {
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

/** The last node of the network: where a new layer goes when nothing is selected. */
export function lastNode({ nodes, wires }: Network): string | null {
  const sources = new Set(wires.map((wire) => wire.from))
  return nodes.findLast((node) => !sources.has(node.name))?.name ?? null
}

/**
 * Adds a layer after another: it takes over that node's outgoing wires, and what follows moves on to make room. Without
 * a node before it, or for a layer that takes no input, it is only placed. Gives the new node's name too.
 */
export function insertLayer(
  project: Project,
  layer: Setting,
  after: string | null,
  position: Point | null = null,
): { project: Project; name: string } {
  const { nodes, wires } = project.graph
  const name = freeName(nodes, layer.kind)
  const previous = nodes.find((node) => node.name === after)
  if (!previous || arityOf(layer.kind).max === 0) {
    const lowest = Math.max(0, ...nodes.map((node) => node.position.y + step.y))
    const node = { ...layer, name, position: position ?? { x: nodes[0]?.position.x ?? 0, y: lowest } }
    return { project: withGraph(project, { nodes: [...nodes, node] }), name }
  }
  const shift = shiftOf(project.graph)
  const following = position ? new Set<string>() : downstream(wires, previous.name)
  const node: ProjectNode = {
    ...layer,
    name,
    position: position ?? moved(previous, shift).position,
  }
  const at = nodes.indexOf(previous) + 1
  const rewired = wires.map((wire) => (wire.from === previous.name ? { ...wire, from: name } : wire))
  return {
    project: withGraph(project, {
      nodes: [...nodes.slice(0, at), node, ...nodes.slice(at)].map((other) =>
        following.has(other.name) ? moved(other, shift) : other,
      ),
      wires: [...rewired, { from: previous.name, to: name }],
    }),
    name,
  }
}

/** Takes nodes away and joins what was before them to what came after, as far as the layers there take more inputs. */
export function removeNodes(project: Project, names: readonly string[]): Project {
  let { wires } = project.graph
  for (const name of names) {
    const before = wires.filter((wire) => wire.to === name).map((wire) => wire.from)
    wires = wires.flatMap((wire) => {
      if (wire.to === name) return []
      if (wire.from !== name) return [wire]
      const kind = project.graph.nodes.find((node) => node.name === wire.to)?.kind ?? ''
      const others = wires.filter((other) => other.to === wire.to && other.from !== name)
      return before
        .filter((from) => !others.some((other) => other.from === from))
        .slice(0, Math.max(0, arityOf(kind).max - others.length))
        .map((from) => ({ from, to: wire.to }))
    })
  }
  const gone = new Set(names)
  return withGraph(project, { nodes: project.graph.nodes.filter((node) => !gone.has(node.name)), wires })
}

export function removeWires(project: Project, gone: readonly Wire[]): Project {
  const isGone = (wire: Wire) => gone.some((other) => other.from === wire.from && other.to === wire.to)
  return withGraph(project, { wires: project.graph.wires.filter((wire) => !isGone(wire)) })
}

/** Why two nodes cannot be joined, in one sentence with the mend; null when they can. */
export function refusal({ nodes, wires }: Network, from: string, to: string): string | null {
  if (from === to) return texts.refusal.self(from)
  if (wires.some((wire) => wire.from === from && wire.to === to)) return texts.refusal.double(from, to)
  if (downstream(wires, to).has(from)) return texts.refusal.loop(from, to)
  const { max } = arityOf(nodes.find((node) => node.name === to)?.kind ?? '')
  if (max === 0) return texts.refusal.input(to)
  const others = wires.filter((wire) => wire.to === to).map((wire) => wire.from)
  if (others.length >= max) return texts.refusal.full(to, others.join(', '))
  return null
}

export function connect(project: Project, from: string, to: string): Project {
  return withGraph(project, { wires: [...project.graph.wires, { from, to }] })
}

/** Puts a layer into an existing wire, where the next one stood; that one and what follows it move on to make room. */
export function insertOnWire(project: Project, layer: Setting, wire: Wire): { project: Project; name: string } {
  const { nodes, wires } = project.graph
  const name = freeName(nodes, layer.kind)
  const next = nodes.find((node) => node.name === wire.to)
  const following = downstream(wires, wire.to).add(wire.to)
  const shift = shiftOf(project.graph)
  const added: ProjectNode = { ...layer, name, position: next?.position ?? { x: 0, y: 0 } }
  const rewired = wires.map((other) =>
    other.from === wire.from && other.to === wire.to ? { from: name, to: wire.to } : other,
  )
  return {
    project: withGraph(project, {
      nodes: [...nodes.map((node) => (following.has(node.name) ? moved(node, shift) : node)), added],
      wires: [...rewired, { from: wire.from, to: name }],
    }),
    name,
  }
}

export function moveNodes(project: Project, positions: ReadonlyMap<string, Point>): Project {
  const nodes = project.graph.nodes.map((node) => {
    const { x, y } = positions.get(node.name) ?? node.position
    return { ...node, position: { x: Math.round(x), y: Math.round(y) } }
  })
  return withGraph(project, { nodes })
}

/** Why a node cannot be called that; null when it can. */
export function nameRefusal({ nodes }: Network, old: string, name: string): string | null {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) return texts.refusal.name
  if (name !== old && nodes.some((node) => node.name === name)) return texts.refusal.taken(name)
  return null
}

export function renameNode(project: Project, old: string, name: string): Project {
  const renamed = (other: string) => (other === old ? name : other)
  return withGraph(project, {
    nodes: project.graph.nodes.map((node) => ({ ...node, name: renamed(node.name) })),
    wires: project.graph.wires.map(({ from, to }) => ({ from: renamed(from), to: renamed(to) })),
  })
}

/** Adds copies of nodes with the wires between them, a little aside; gives the copies' names too. */
export function addCopies(project: Project, copied: Network): { project: Project; names: string[] } {
  const nodes = [...project.graph.nodes]
  const names = new Map<string, string>()
  for (const node of copied.nodes) {
    const name = freeName(nodes, node.kind)
    names.set(node.name, name)
    nodes.push({ ...node, name, position: { x: node.position.x + 40, y: node.position.y + 40 } })
  }
  const wires = copied.wires.flatMap((wire) => {
    const [from, to] = [names.get(wire.from), names.get(wire.to)]
    return from && to ? [{ from, to }] : []
  })
  return {
    project: withGraph(project, { nodes, wires: [...project.graph.wires, ...wires] }),
    names: [...names.values()],
  }
}

/** The part of a network between these nodes. */
export function partOf({ nodes, wires }: Network, names: readonly string[]): Network {
  const kept = new Set(names)
  return {
    nodes: nodes.filter((node) => kept.has(node.name)),
    wires: wires.filter((wire) => kept.has(wire.from) && kept.has(wire.to)),
  }
}
