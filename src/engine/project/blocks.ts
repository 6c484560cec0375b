/** Blocks laid open: the graph that is computed holds their layers under the names `<block>/<layer>`. */
import { endsOf, entriesOf, inputsOf, orderNodes } from './order.ts'
import type { ProjectGraph, ProjectNode, Wire } from './project.ts'

/** The same network without blocks. Layers outside of blocks are the same objects as before. */
export function openBlocks(graph: ProjectGraph): ProjectGraph {
  if (!graph.nodes.some(({ kind }) => kind === 'block')) return graph
  const nodes: ProjectNode[] = []
  const inner: Wire[] = []
  // What stands for a node's output in the open graph: itself, or the last layer of a block.
  const outputs = new Map<string, string>()
  for (const node of orderNodes(graph).order) {
    if (node.kind !== 'block') {
      nodes.push(node)
      outputs.set(node.name, node.name)
      continue
    }
    const sources = inputsOf(graph, node.name).map((name) => outputs.get(name) ?? name)
    const block = openBlocks(blockOf(graph, node))
    const ports = block.nodes.filter(({ kind }) => kind === 'input').map(({ name }) => name)
    const place = (name: string): string =>
      ports.includes(name) ? (sources[ports.indexOf(name)] ?? name) : `${node.name}/${name}`
    for (const each of block.nodes) if (each.kind !== 'input') nodes.push(placed(node, each))
    for (const { from, to } of block.wires) inner.push({ from: place(from), to: place(to) })
    const [last] = endsOf(block)
    if (last) outputs.set(node.name, place(last.name))
  }
  const blocks = new Set(graph.nodes.filter(({ kind }) => kind === 'block').map(({ name }) => name))
  const outer = graph.wires
    .filter(({ to }) => !blocks.has(to))
    .map((wire) => (blocks.has(wire.from) ? { ...wire, from: outputs.get(wire.from) ?? wire.from } : wire))
  return { nodes, wires: [...outer, ...inner] }
}

/** Where data enter and leave a network: its Inputs and its ends by name, in the order they were drawn. */
export interface Terminals {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** The Inputs whose numbers are row numbers of embeddings, and so must stay as they are. */
  readonly indices: readonly string[]
}

export function terminalsOf(graph: ProjectGraph): Terminals {
  const open = openBlocks(graph)
  const kinds = new Map(open.nodes.map(({ name, kind }) => [name, kind]))
  const inputs = entriesOf(open).map(({ name }) => name)
  const indices = inputs.filter((name) => {
    const readers = open.wires.filter(({ from }) => from === name)
    return readers.length > 0 && readers.every(({ to }) => kinds.get(to) === 'embedding')
  })
  return { inputs, outputs: endsOf(open).map(({ name }) => name), indices }
}

/** What a block holds: its own graph, or that of the block it is once more. */
export function blockOf(graph: ProjectGraph, node: ProjectNode): ProjectGraph {
  const original = graph.nodes.find(({ name }) => name === node.sameAs)
  return original?.block ?? node.block ?? { nodes: [], wires: [] }
}

function placed(block: ProjectNode, node: ProjectNode): ProjectNode {
  const original =
    node.sameAs === undefined
      ? block.sameAs && `${block.sameAs}/${node.name}`
      : `${block.sameAs ?? block.name}/${node.sameAs}`
  return {
    ...node,
    name: `${block.name}/${node.name}`,
    ...(block.frozen ? { frozen: true } : {}),
    ...(original ? { sameAs: original } : {}),
  }
}
