/** What the project says about Inputs and outputs by name, kept true while the network changes. */
import { type Terminals, blockOf, terminalsOf } from '#engine/project/blocks.ts'
import { endsOf } from '#engine/project/order.ts'
import type { Project, ProjectGraph, ProjectNode } from '#engine/project/project.ts'

/** The name under which a node that ends the network puts out: its own, or inside a block that of its last layer. */
export function outputName(graph: ProjectGraph, node: ProjectNode): string {
  if (node.kind !== 'block') return node.name
  const inner = blockOf(graph, node)
  const [last] = endsOf(inner)
  return last ? `${node.name}/${outputName(inner, last)}` : node.name
}

/** The network without layers that no data reach yet. */
function reachedBy({ nodes, wires }: ProjectGraph): ProjectGraph {
  const reached = new Set(
    nodes.flatMap(({ name, kind }) => (kind === 'input' && wires.some(({ from }) => from === name) ? [name] : [])),
  )
  // A set gives what is added to it while it is gone through.
  for (const name of reached) for (const { from, to } of wires) if (from === name) reached.add(to)
  return reached.size === 0 ? { nodes, wires } : { nodes: nodes.filter(({ name }) => reached.has(name)), wires }
}

/** The Inputs and outputs of a network being drawn: a layer just placed, which nothing leads to, is not one yet. */
export const connectedTerminals = (graph: ProjectGraph): Terminals => terminalsOf(reachedBy(graph))

/** For each name that is gone the one that came in its place; null when none did. */
function successors(before: readonly string[], after: readonly string[]): ReadonlyMap<string, string | null> {
  const gone = before.filter((name) => !after.includes(name))
  const come = after.filter((name) => !before.includes(name))
  return new Map(gone.map((name, index) => [name, gone.length === come.length ? (come[index] ?? null) : null]))
}

/**
 * The changed project with the settings of outputs and the nodes of columns under their new names: a layer was renamed,
 * grouped, or followed by another. What was said about an output that is gone is dropped.
 */
export function followTerminals(before: Project, after: Project): Project {
  const [old, now] = [terminalsOf(before.graph), terminalsOf(after.graph)]
  const outputs = successors(old.outputs, now.outputs)
  const moved = new Map([...successors(old.inputs, now.inputs), ...outputs])
  if (moved.size === 0) return after
  const columns = Object.entries(after.data.columns).map(([column, { node, ...choice }]) => {
    const next = node === undefined ? undefined : moved.has(node) ? moved.get(node) : node
    return [column, typeof next === 'string' ? { ...choice, node: next } : choice] as const
  })
  const own = Object.entries(after.training.outputs ?? {}).flatMap(([node, settings]) => {
    const next = outputs.has(node) ? outputs.get(node) : node
    return typeof next === 'string' ? [[next, settings] as const] : []
  })
  const { outputs: _, ...training } = after.training
  return {
    ...after,
    data: { ...after.data, columns: Object.fromEntries(columns) },
    training: own.length > 0 ? { ...training, outputs: Object.fromEntries(own) } : training,
  }
}
