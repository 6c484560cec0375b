/** Layers that are drawn more than once: the settings and weights are those of the layer drawn first. */
import type { ProjectGraph, ProjectNode } from '#engine/project/project.ts'
import { independent } from '#engine/project/sharing.ts'
import { texts } from '../texts.ts'

/** The nodes that are once more what this one is. */
export const repeatsOf = ({ nodes }: ProjectGraph, name: string): readonly ProjectNode[] =>
  nodes.filter(({ sameAs }) => sameAs === name)

/** Why a layer cannot be drawn once more; null when it can. */
export function repeatRefusal({ nodes }: ProjectGraph, name: string): string | null {
  return nodes.find((node) => node.name === name)?.kind === 'input' ? texts.refusal.repeatInput : null
}

/** The nodes that stay when these go: the first repeat of one that goes takes over its settings, the others follow it. */
export function handOver(nodes: readonly ProjectNode[], gone: ReadonlySet<string>): readonly ProjectNode[] {
  const heirs = new Map<string, string>()
  const staying = nodes.filter(({ name }) => !gone.has(name))
  return staying.map((node) => {
    const original = nodes.find(({ name }) => name === node.sameAs)
    if (!original || !gone.has(original.name)) return node
    const heir = heirs.get(original.name)
    if (heir !== undefined) return { ...node, sameAs: heir }
    heirs.set(original.name, node.name)
    return independent(node, original)
  })
}
