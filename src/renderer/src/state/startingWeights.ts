/** Weights that a model brought along, which belong to its layers by their names. */
import { texts } from '../texts.ts'
import { documentState } from './document.svelte.ts'
import { seenAt } from './inspection.svelte.ts'
import { notices } from './notices.svelte.ts'
import { view } from './view.svelte.ts'

/** Says, before these layers get other names, which of them lose starting weights by that. */
export function noteLostWeights(names: readonly string[]): void {
  if (!documentState.project?.weights) return
  const losing = names.filter((name) => (seenAt(view.path, name)?.parameters ?? 0) > 0)
  if (losing.length > 0) notices.show('refused', texts.weights.lost(losing.join(', ')))
}
