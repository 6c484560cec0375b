/** Which network is on the canvas: the project's own, or the one inside a block. */
import { followTerminals } from '#engine/project/follow.ts'
import type { Place, ProjectGraph } from '#engine/project/project.ts'
import { graphAt, replaceAt } from './blocks.ts'
import { documentState } from './document.svelte.ts'
import { selection } from './selection.svelte.ts'

const nothing: ProjectGraph = { nodes: [], wires: [] }

/** As many of these blocks as there still are. */
function standing(graph: ProjectGraph, [first, ...rest]: readonly string[]): readonly string[] {
  const block = graph.nodes.find((node) => node.name === first)?.block
  return first !== undefined && block ? [first, ...standing(block, rest)] : []
}

class ViewState {
  #path = $state.raw<readonly string[]>([])

  /** The blocks around it, outermost first. */
  readonly path = $derived(standing(documentState.project?.graph ?? nothing, this.#path))
  readonly graph = $derived<ProjectGraph>(graphAt(documentState.project?.graph ?? nothing, this.path))

  node = (name: string | null) => this.graph.nodes.find((node) => node.name === name)

  /** What the engine calls a node of it: `block1/dense1`. */
  fullName = (name: string): string => [...this.path, name].join('/')

  /** Where a node of it sits in the project. */
  place = (name: string): Place => ['graph', ...this.path, name]

  /** Shows the network inside these blocks; the project's own without any. */
  open(path: readonly string[]): void {
    if (path.join('/') === this.path.join('/')) return
    selection.clear()
    this.#path = standing(documentState.project?.graph ?? nothing, path)
  }

  /** Changes the network on the canvas; what the project says about outputs and Inputs follows. */
  edit(change: (graph: ProjectGraph) => ProjectGraph, merge = ''): void {
    const { path } = this
    documentState.edit((project) => {
      const before = graphAt(project.graph, path)
      const after = change(before)
      if (after === before) return project
      return followTerminals(project, { ...project, graph: replaceAt(project.graph, path, after) })
    }, merge)
  }
}

export const view = new ViewState()
