/** What a project says about Inputs and outputs by name, kept true while the network changes. */
import { terminalsOf } from './blocks.ts'
import type { Project } from './project.ts'

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
