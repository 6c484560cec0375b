/** What the editor does to layers and wires, as functions from network to network. */
import {
  type Inserted,
  type NewLayer,
  downstream,
  freeName,
  insertBefore,
  moved,
  shiftOf,
  step,
} from '#engine/project/drawing.ts'
import { inputsOf } from '#engine/project/order.ts'
import type { ProjectGraph, ProjectNode, Wire } from '#engine/project/project.ts'
import { arityOf } from '../definitions.ts'
import { texts } from '../texts.ts'
import { handOver } from './sharing.ts'

type Point = ProjectNode['position']

/** The last node of the network: where a new layer goes when nothing is selected. */
export function lastNode({ nodes, wires }: ProjectGraph): string | null {
  const sources = new Set(wires.map((wire) => wire.from))
  return nodes.findLast((node) => !sources.has(node.name))?.name ?? null
}

/**
 * Adds a layer after another: it takes over that node's outgoing wires, and what follows moves on to make room. Without
 * a node before it, or for a layer that takes no input, it is only placed. Gives the new node's name too.
 */
export function insertLayer(
  { nodes, wires }: ProjectGraph,
  layer: NewLayer,
  after: string | null,
  position: Point | null = null,
): Inserted {
  const name = freeName(nodes, layer.kind)
  const previous = nodes.find((node) => node.name === after)
  if (!previous || arityOf(layer.kind).max === 0) {
    const lowest = Math.max(0, ...nodes.map((node) => node.position.y + step.y))
    const node = { ...layer, name, position: position ?? { x: nodes[0]?.position.x ?? 0, y: lowest } }
    return { graph: { nodes: [...nodes, node], wires }, name }
  }
  const shift = shiftOf({ nodes, wires })
  const following = position ? new Set<string>() : downstream(wires, previous.name)
  const node: ProjectNode = {
    ...layer,
    name,
    position: position ?? moved(previous, shift).position,
  }
  const at = nodes.indexOf(previous) + 1
  const rewired = wires.map((wire) => (wire.from === previous.name ? { ...wire, from: name } : wire))
  return {
    graph: {
      nodes: [...nodes.slice(0, at), node, ...nodes.slice(at)].map((other) =>
        following.has(other.name) ? moved(other, shift) : other,
      ),
      wires: [...rewired, { from: previous.name, to: name }],
    },
    name,
  }
}

/** Takes nodes away and joins what was before them to what came after, as far as the layers there take more inputs. */
export function removeNodes(graph: ProjectGraph, names: readonly string[]): ProjectGraph {
  let { wires } = graph
  for (const name of names) {
    const before = wires.filter((wire) => wire.to === name).map((wire) => wire.from)
    wires = wires.flatMap((wire) => {
      if (wire.to === name) return []
      if (wire.from !== name) return [wire]
      const kind = graph.nodes.find((node) => node.name === wire.to)?.kind ?? ''
      const others = wires.filter((other) => other.to === wire.to && other.from !== name)
      return before
        .filter((from) => !others.some((other) => other.from === from))
        .slice(0, Math.max(0, arityOf(kind).max - others.length))
        .map((from) => ({ from, to: wire.to }))
    })
  }
  return { nodes: handOver(graph.nodes, new Set(names)), wires }
}

export function removeWires({ nodes, wires }: ProjectGraph, gone: readonly Wire[]): ProjectGraph {
  const isGone = (wire: Wire) => gone.some((other) => other.from === wire.from && other.to === wire.to)
  return { nodes, wires: wires.filter((wire) => !isGone(wire)) }
}

/** Why two nodes cannot be joined, in one sentence with the mend; null when they can. */
export function refusal({ nodes, wires }: ProjectGraph, from: string, to: string): string | null {
  if (from === to) return texts.refusal.self(from)
  if (wires.some((wire) => wire.from === from && wire.to === to)) return texts.refusal.double(from, to)
  if (downstream(wires, to).has(from)) return texts.refusal.loop(from, to)
  const { max } = arityOf(nodes.find((node) => node.name === to)?.kind ?? '')
  if (max === 0) return texts.refusal.input(to)
  const others = wires.filter((wire) => wire.to === to).map((wire) => wire.from)
  if (others.length >= max) return texts.refusal.full(to, others.join(', '))
  return null
}

export function connect({ nodes, wires }: ProjectGraph, from: string, to: string): ProjectGraph {
  return { nodes, wires: [...wires, { from, to }] }
}

/** Why a layer and the one it feeds cannot change places, in one sentence; null when they can. */
export function swapRefusal(graph: ProjectGraph, first: string | undefined, second: string | undefined): string | null {
  const node = graph.nodes.find(({ name }) => name === first)
  if (!node || second === undefined) return texts.refusal.swapEnd
  if (arityOf(node.kind).max === 0) return texts.refusal.swapInput(node.name)
  const isChain = [node.name, second].every((name) => inputsOf(graph, name).length === 1)
  const isBranch = graph.wires.some(({ from, to }) => from === node.name && to !== second)
  return isChain && !isBranch ? null : texts.refusal.swapBranch(node.name, second)
}

/** Lets a layer and the one it feeds change places, on the canvas too; `swapRefusal` says when that cannot be. */
export function swap({ nodes, wires }: ProjectGraph, first: string, second: string): ProjectGraph {
  const other = (name: string): string => (name === first ? second : name === second ? first : name)
  const at = new Map(nodes.map(({ name, position }) => [name, position]))
  return {
    nodes: nodes.map((node) => ({ ...node, position: at.get(other(node.name)) ?? node.position })),
    wires: wires.map(({ from, to }) => ({ from: other(from), to: other(to) })),
  }
}

/** Puts a layer into an existing wire, where the next one stood; that one and what follows it move on to make room. */
export function insertOnWire(graph: ProjectGraph, layer: NewLayer, wire: Wire): Inserted {
  return insertBefore(graph, layer, wire.to, [inputsOf(graph, wire.to).indexOf(wire.from)])
}

export function moveNodes({ nodes, wires }: ProjectGraph, positions: ReadonlyMap<string, Point>): ProjectGraph {
  const placed = nodes.map((node) => {
    const { x, y } = positions.get(node.name) ?? node.position
    return { ...node, position: { x: Math.round(x), y: Math.round(y) } }
  })
  return { nodes: placed, wires }
}

/** Why a node cannot be called that; null when it can. */
export function nameRefusal({ nodes }: ProjectGraph, old: string, name: string): string | null {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) return texts.refusal.name
  if (name !== old && nodes.some((node) => node.name === name)) return texts.refusal.taken(name)
  return null
}

/** Gives a node another name, on its wires and where it is drawn once more too. */
export function renameNode({ nodes, wires }: ProjectGraph, old: string, name: string): ProjectGraph {
  const renamed = (other: string) => (other === old ? name : other)
  return {
    nodes: nodes.map((node) => ({
      ...node,
      name: renamed(node.name),
      ...(node.sameAs === undefined ? {} : { sameAs: renamed(node.sameAs) }),
    })),
    wires: wires.map(({ from, to }) => ({ from: renamed(from), to: renamed(to) })),
  }
}

/** Keeps the weights of these layers as they are while the others learn, or lets them learn again. */
export function freezeNodes({ nodes, wires }: ProjectGraph, names: readonly string[], frozen: boolean): ProjectGraph {
  const chosen = new Set(names)
  return {
    nodes: nodes.map((node) => {
      if (!chosen.has(node.name)) return node
      const { frozen: _, ...rest } = node
      return frozen ? { ...rest, frozen } : rest
    }),
    wires,
  }
}
