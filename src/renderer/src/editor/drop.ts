/** Dragging a layer from the palette onto the canvas. */
import { canvas, type Flow } from './canvas.svelte.ts'

const type = 'application/x-espalier-layer'

export function dragLayer(event: DragEvent, kind: string): void {
  event.dataTransfer?.setData(type, kind)
  if (event.dataTransfer) event.dataTransfer.effectAllowed = 'copy'
}

/** Whether a layer is being dragged; what it is can be read only once it is dropped. */
export const draggedKind = (event: DragEvent): boolean => event.dataTransfer?.types.includes(type) ?? false

/** How near a wire, in pixels of the screen, a layer must be dropped to go into it. */
const reach = 24

function wireNear(x: number, y: number): { from: string; to: string } | null {
  const steps = [0, -reach, reach]
  for (const dx of steps) {
    for (const dy of steps) {
      const edge = document.elementFromPoint(x + dx, y + dy)?.closest('.svelte-flow__edge, .svelte-flow__edge-label')
      const id = edge?.getAttribute('data-id') ?? edge?.querySelector('[data-wire]')?.getAttribute('data-wire')
      const [from, to] = id?.split('→') ?? []
      if (from && to) return { from, to }
    }
  }
  return null
}

export function dropLayer(event: DragEvent, flow: Flow): void {
  const kind = event.dataTransfer?.getData(type)
  if (!kind) return
  event.preventDefault()
  const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
  canvas.addAt(kind, { x: at.x - 92, y: at.y - 32 }, wireNear(event.clientX, event.clientY))
}
