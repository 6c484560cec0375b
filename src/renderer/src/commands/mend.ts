/** Mends that a press on a button makes. */
import { applyMend } from '#engine/project/mend.ts'
import type { Mend } from '#engine/project/project.ts'
import { canvas } from '../editor/canvas.svelte.ts'
import { documentState } from '../state/document.svelte.ts'

/** Applies a mend as one step back; layers it brings in come into view. */
export function makeMend(mend: Mend): void {
  documentState.edit((project) => applyMend(project, mend))
  if (mend.edits.some(({ edit }) => edit === 'insert' || edit === 'append')) canvas.fit()
}
