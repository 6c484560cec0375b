/** What is selected on the canvas; the inspector shows it. */
import type { Wire } from '#engine/project/project.ts'

class SelectionState {
  nodes = $state.raw<readonly string[]>([])
  wires = $state.raw<readonly Wire[]>([])

  /** The one selected node, when it is one. */
  readonly single = $derived(this.nodes.length === 1 ? (this.nodes[0] ?? null) : null)
  readonly isEmpty = $derived(this.nodes.length === 0 && this.wires.length === 0)

  select(nodes: readonly string[], wires: readonly Wire[] = []): void {
    this.nodes = nodes
    this.wires = wires
  }

  clear(): void {
    this.select([])
  }
}

export const selection = new SelectionState()
