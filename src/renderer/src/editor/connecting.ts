/** Wires that a person draws, and what does not fit because of them. */
import type { Issue } from '#engine/project/project.ts'
import { connect } from '../state/edits.ts'
import { inspection } from '../state/inspection.svelte.ts'
import { view } from '../state/view.svelte.ts'

/** Draws a wire; gives the first error that the network has only since then. */
export function connectLayers(from: string, to: string): Issue | null {
  const before = new Set(inspection.errors.map(({ message }) => message))
  view.edit((graph) => connect(graph, from, to))
  return inspection.errors.find(({ message }) => !before.has(message)) ?? null
}
