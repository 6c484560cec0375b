/** Copied layers, kept within the workbench. */
import type { ProjectGraph } from '#engine/project/project.ts'
import { addCopies, partOf } from './copies.ts'
import { selection } from './selection.svelte.ts'
import { view } from './view.svelte.ts'

class ClipboardState {
  #held = $state.raw<ProjectGraph | null>(null)

  readonly isEmpty = $derived(this.#held === null)

  copy = (): void => {
    if (selection.nodes.length > 0) this.#held = partOf(view.graph, selection.nodes)
  }

  paste = (): void => {
    if (this.#held) this.#add(this.#held)
  }

  duplicate = (): void => {
    if (selection.nodes.length > 0) this.#add(partOf(view.graph, selection.nodes))
  }

  #add(copied: ProjectGraph): void {
    let added: readonly string[] = []
    view.edit((before) => {
      const { graph, names } = addCopies(before, copied)
      added = names
      return graph
    })
    selection.select(added)
  }
}

export const clipboard = new ClipboardState()
