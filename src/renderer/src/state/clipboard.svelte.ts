/** Copied layers, kept within the workbench. */
import type { Project } from '#engine/project/project.ts'
import { documentState } from './document.svelte.ts'
import { addCopies, partOf } from './edits.ts'
import { selection } from './selection.svelte.ts'

class ClipboardState {
  #held = $state.raw<Project['graph'] | null>(null)

  readonly isEmpty = $derived(this.#held === null)

  copy = (): void => {
    const { project } = documentState
    if (project && selection.nodes.length > 0) this.#held = partOf(project.graph, selection.nodes)
  }

  paste = (): void => {
    if (this.#held) this.#add(this.#held)
  }

  duplicate = (): void => {
    const { project } = documentState
    if (project && selection.nodes.length > 0) this.#add(partOf(project.graph, selection.nodes))
  }

  #add(graph: Project['graph']): void {
    let added: readonly string[] = []
    documentState.edit((project) => {
      const { project: next, names } = addCopies(project, graph)
      added = names
      return next
    })
    selection.select(added)
  }
}

export const clipboard = new ClipboardState()
