/** What the rest of the workbench may ask of the canvas: look at it all, bring in layers. */
import type { useSvelteFlow } from '@xyflow/svelte'
import { tick } from 'svelte'
import type { NewLayer } from '#engine/project/drawing.ts'
import type { ProjectGraph } from '#engine/project/project.ts'
import { arityOf } from '../definitions.ts'
import { newBlock } from '../state/blocks.ts'
import { insertLayer, insertOnWire, lastNode, moveNodes } from '../state/edits.ts'
import { selection } from '../state/selection.svelte.ts'
import { view } from '../state/view.svelte.ts'
import { cardElement } from './elements.ts'
import type { CardNode, WireEdge } from './flow.ts'
import { tidyPositions } from './tidy.ts'

/** How the whole network is shown: never larger than life, never too small to read. */
export const fitting = { minZoom: 0.5, maxZoom: 1, padding: 0.1 } as const

/** Whether a network is large enough for a map of it to be of use. */
export const hasMap = ({ nodes }: ProjectGraph): boolean => nodes.length > 12

export type Flow = ReturnType<typeof useSvelteFlow<CardNode, WireEdge>>

const newLayer = (kind: string): NewLayer => ({ kind, params: {}, ...(kind === 'block' ? { block: newBlock } : {}) })

/** A new card is hidden until it is measured, which takes a frame or two. */
function focusCard(name: string, frames: number): void {
  const card = cardElement(name)
  if (card?.checkVisibility({ visibilityProperty: true })) card.focus()
  else if (frames > 0) requestAnimationFrame(() => focusCard(name, frames - 1))
}

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

  /** Adds a layer after the selected node, into the selected wire, or after the last node; the new node is selected. */
  add = (kind: string): void => {
    const layer = newLayer(kind)
    const after = selection.nodes.at(-1)
    const wire = after === undefined && arityOf(kind).max > 0 ? selection.wires[0] : undefined
    this.#take((graph) =>
      wire ? insertOnWire(graph, layer, wire) : insertLayer(graph, layer, after ?? lastNode(graph)),
    )
    const added = selection.nodes.at(-1)
    if (added !== undefined) this.show(added)
  }

  /** Puts the focus on the card of the selected layer. */
  focusSelected = (): void => {
    const name = selection.nodes.at(-1)
    if (name !== undefined) focusCard(name, 30)
  }

  /** Brings a layer into view: with all others where they can be seen together, else in the middle. */
  show = (name: string): void => {
    const node = view.node(name)
    if (!node || !hasMap(view.graph)) return this.fit()
    const { x, y } = node.position
    void tick().then(() => this.#flow?.setCenter(x + 92, y + 42, { zoom: Math.max(this.#flow.getZoom(), 0.6) }))
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
