/** Why a run cannot be started just now. */
import { documentState } from '../state/document.svelte.ts'
import { inspection } from '../state/inspection.svelte.ts'
import { run } from '../state/run.svelte.ts'
import { texts } from '../texts.ts'

/** In a few words for a disabled control; null when training can begin. */
export function trainRefusal(): string | null {
  const { project } = documentState
  if (!project) return texts.title.noProject
  if (run.phase === 'starting') return texts.run.starting
  if (run.phase === 'stopping') return texts.run.stopping
  if (project.data.source === null) return texts.run.noData
  return inspection.errors.length > 0 ? texts.run.problems(inspection.errors.length) : null
}
