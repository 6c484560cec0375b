/** What the rest of the workbench may ask of the canvas: look at it all, bring in layers. */
import type { useSvelteFlow } from '@xyflow/svelte'
import { tick } from 'svelte'
import type { NewLayer } from '#engine/project/drawing.ts'
import type { ProjectGraph } from '#engine/project/project.ts'
import { newBlock } from '../state/blocks.ts'
import { insertLayer, insertOnWire, lastNode, moveNodes } from '../state/edits.ts'
import { selection } from '../state/selection.svelte.ts'
import { view } from '../state/view.svelte.ts'
import type { CardNode, WireEdge } from './flow.ts'
import { tidyPositions } from './tidy.ts'

/** How the whole network is shown: never larger than life, never too small to read. */
export const fitting = { minZoom: 0.5, maxZoom: 1, padding: 0.1 } as const

export type Flow = ReturnType<typeof useSvelteFlow<CardNode, WireEdge>>

const newLayer = (kind: string): NewLayer => ({ kind, params: {}, ...(kind === 'block' ? { block: newBlock } : {}) })

class CanvasState {
  #flow: Flow | null = null

  attach(flow: Flow): () => void {
    this.#flow = flow
    return () => {
      // Another canvas may have come in its place already.
      if (this.#flow === flow) this.#flow = null
    }
  }

  /** Brings the whole network into view. */
  fit = (): void => {
    void tick().then(() => this.#flow?.fitView(fitting))
  }

  /** Adds a layer after the selected node, or after the last one; the new node is selected. */
  add = (kind: string): void => {
    const [wire] = selection.wires
    this.#take((graph) => insertLayer(graph, newLayer(kind), selection.nodes.at(-1) ?? wire?.from ?? lastNode(graph)))
    this.fit()
  }

  addInput = (): void => this.add('input')

  /** Adds a layer at a place of the canvas, into the wire under it when there is one. */
  addAt(kind: string, position: { x: number; y: number }, wire: { from: string; to: string } | null): void {
    const layer = newLayer(kind)
    this.#take((graph) => (wire ? insertOnWire(graph, layer, wire) : insertLayer(graph, layer, null, position)))
  }

  tidy = (): void => {
    view.edit((graph) => moveNodes(graph, tidyPositions(graph)))
    this.fit()
  }

  #take(insert: (graph: ProjectGraph) => ReturnType<typeof insertLayer>): void {
    let added: string | null = null
    view.edit((before) => {
      const { graph, name } = insert(before)
      added = name
      return graph
    })
    if (added !== null) selection.select([added])
  }
}

export const canvas = new CanvasState()
