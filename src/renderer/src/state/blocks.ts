/** Blocks: networks inside a node of another, made from layers and laid open again. */
import { directionOf, freeName, step } from '#engine/project/drawing.ts'
import { endsOf, entriesOf, inputsOf } from '#engine/project/order.ts'
import type { ProjectGraph, ProjectNode, Wire } from '#engine/project/project.ts'
import { texts } from '../texts.ts'
import { repeatsOf } from './sharing.ts'

/** The network inside these blocks, outermost first. */
export function graphAt(graph: ProjectGraph, path: readonly string[]): ProjectGraph {
  return path.reduce<ProjectGraph>(
    ({ nodes }, name) => nodes.find((node) => node.name === name)?.block ?? { nodes: [], wires: [] },
    graph,
  )
}

/** The same network with another one inside these blocks. */
export function replaceAt(graph: ProjectGraph, path: readonly string[], inner: ProjectGraph): ProjectGraph {
  const [first, ...rest] = path
  if (first === undefined) return inner
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.name === first && node.block ? { ...node, block: replaceAt(node.block, rest, inner) } : node,
    ),
  }
}

/** The layers in a network, those inside its blocks among them; a block's own Inputs are none. */
export function countLayers({ nodes }: ProjectGraph): number {
  return nodes.reduce((count, { kind, block }) => count + (block ? countLayers(block) : kind === 'input' ? 0 : 1), 0)
}

/** A block as it comes from the palette: an Input and one layer to begin with. */
export const newBlock: ProjectGraph = {
  nodes: [
    { name: 'input1', kind: 'input', params: {}, position: { x: 0, y: 0 } },
    { name: 'dense1', kind: 'dense', params: {}, position: { x: 0, y: step.y } },
  ],
  wires: [{ from: 'input1', to: 'dense1' }],
}

/** Why these layers cannot become a block, in one sentence with the mend; null when they can. */
export function groupRefusal(graph: ProjectGraph, names: readonly string[]): string | null {
  const inside = new Set(names)
  const chosen = graph.nodes.filter(({ name }) => inside.has(name))
  const input = chosen.find(({ kind }) => kind === 'input')
  if (input) return texts.refusal.groupInput(input.name)
  const shared = graph.nodes.find(({ name, sameAs }) => sameAs !== undefined && inside.has(name) !== inside.has(sameAs))
  if (shared?.sameAs !== undefined) return texts.refusal.groupShared(shared.name, shared.sameAs)
  const within = graph.wires.filter(({ from, to }) => inside.has(from) && inside.has(to))
  const ends = endsOf({ nodes: chosen, wires: within }).map(({ name }) => name)
  if (ends.length !== 1) return texts.refusal.groupEnds(ends.join(', '))
  const leak = graph.wires.find(({ from, to }) => inside.has(from) && !inside.has(to) && from !== ends[0])
  return leak ? texts.refusal.groupLeak(leak.from, leak.to) : null
}

/** Makes these layers one block, wired as they were; `groupRefusal` says when that cannot be. Gives the block's name too. */
export function group(graph: ProjectGraph, names: readonly string[]): { graph: ProjectGraph; name: string } {
  const inside = new Set(names)
  const chosen = graph.nodes.filter((node) => inside.has(node.name))
  const name = freeName(graph.nodes, 'block')
  const entering = graph.wires.filter(({ from, to }) => !inside.has(from) && inside.has(to))
  const sources = [...new Set(entering.map(({ from }) => from))]
  const inputs = inputsFor(graph, chosen, Math.max(1, sources.length))
  const inputOf = new Map(sources.map((source, index) => [source, inputs[index]?.name ?? source]))
  const inner = graph.wires.flatMap(({ from, to }) => (inside.has(to) ? [{ from: inputOf.get(from) ?? from, to }] : []))
  // Layers that nothing is connected to yet get the block's one Input.
  const loose = sources.length === 0 ? entriesWithout(chosen, inner) : []
  const first = inputs[0]?.name ?? ''
  const block: ProjectNode = {
    name,
    kind: 'block',
    params: {},
    position: middleOf(chosen),
    block: { nodes: [...inputs, ...chosen], wires: [...loose.map((to) => ({ from: first, to })), ...inner] },
  }
  const at = chosen.at(-1)
  const joined = new Set<string>()
  const wires = graph.wires.flatMap(({ from, to }): Wire[] => {
    if (inside.has(from)) return inside.has(to) ? [] : [{ from: name, to }]
    if (!inside.has(to)) return [{ from, to }]
    if (joined.has(from)) return []
    joined.add(from)
    return [{ from, to: name }]
  })
  const nodes = graph.nodes.flatMap((node) => (node === at ? [block] : inside.has(node.name) ? [] : [node]))
  return { graph: { nodes, wires }, name }
}

/** Inputs for a block of these layers, one place before them. */
function inputsFor(graph: ProjectGraph, chosen: readonly ProjectNode[], count: number): ProjectNode[] {
  const right = directionOf(graph) === 'right'
  const x = Math.min(...chosen.map(({ position }) => position.x))
  const y = Math.min(...chosen.map(({ position }) => position.y))
  const inputs: ProjectNode[] = []
  for (let index = 0; index < count; index++) {
    const position = right ? { x: x - step.x, y: y + index * step.y } : { x: x + index * step.x, y: y - step.y }
    inputs.push({ name: freeName([...chosen, ...inputs], 'input'), kind: 'input', params: {}, position })
  }
  return inputs
}

const entriesWithout = (nodes: readonly ProjectNode[], wires: readonly Wire[]): readonly string[] =>
  nodes.flatMap(({ name }) => (wires.some(({ to }) => to === name) ? [] : [name]))

function middleOf(nodes: readonly ProjectNode[]): ProjectNode['position'] {
  const mean = (values: readonly number[]) => Math.round(values.reduce((sum, value) => sum + value, 0) / values.length)
  return { x: mean(nodes.map(({ position }) => position.x)), y: mean(nodes.map(({ position }) => position.y)) }
}

/** Why a node cannot be laid open, in one sentence with the mend; null when it can. */
export function ungroupRefusal(graph: ProjectGraph, name: string): string | null {
  const node = graph.nodes.find((other) => other.name === name)
  if (node?.kind !== 'block') return texts.refusal.noBlock
  if (node.sameAs !== undefined) return texts.refusal.ungroupRepeat(name, node.sameAs)
  const [repeat] = repeatsOf(graph, name)
  return repeat ? texts.refusal.ungroupRepeat(repeat.name, name) : null
}

/** Lays a block open: its layers take its place, wired as it was. Gives the layers' names too. */
export function ungroup(graph: ProjectGraph, name: string): { graph: ProjectGraph; names: string[] } {
  const block = graph.nodes.find((node) => node.name === name)
  const inner = block?.block ?? { nodes: [], wires: [] }
  if (!block) throw new Error(`there is no block ${name}`)
  const layers = inner.nodes.filter(({ kind }) => kind !== 'input')
  const taken = graph.nodes.filter((node) => node !== block)
  const sources = inputsOf(graph, name)
  const stands = new Map(entriesOf(inner).map((port, index) => [port.name, sources[index]]))
  const offset = offsetTo(block.position, layers)
  const added: ProjectNode[] = []
  for (const layer of layers) {
    const others = [...taken, ...added]
    const own = others.some((other) => other.name === layer.name) ? freeName(others, layer.kind) : layer.name
    stands.set(layer.name, own)
    const position = { x: layer.position.x + offset.x, y: layer.position.y + offset.y }
    added.push({ ...layer, name: own, position, ...(block.frozen ? { frozen: true } : {}) })
  }
  const laid = added.map((node) =>
    node.sameAs === undefined ? node : { ...node, sameAs: stands.get(node.sameAs) ?? node.sameAs },
  )
  const placed = inner.wires.flatMap((wire): Wire[] => {
    const [from, to] = [stands.get(wire.from), stands.get(wire.to)]
    return from !== undefined && to !== undefined ? [{ from, to }] : []
  })
  const out = stands.get(endsOf(inner)[0]?.name ?? '')
  const outer = graph.wires.flatMap((wire): Wire[] => {
    if (wire.to === name) return []
    if (wire.from !== name) return [wire]
    return out === undefined ? [] : [{ from: out, to: wire.to }]
  })
  return {
    graph: { nodes: graph.nodes.flatMap((node) => (node === block ? laid : [node])), wires: [...outer, ...placed] },
    names: laid.map((node) => node.name),
  }
}

/** How far these layers have to move for their middle to come where the block stood. */
function offsetTo(position: ProjectNode['position'], layers: readonly ProjectNode[]): ProjectNode['position'] {
  if (layers.length === 0) return { x: 0, y: 0 }
  const middle = middleOf(layers)
  return { x: position.x - middle.x, y: position.y - middle.y }
}
