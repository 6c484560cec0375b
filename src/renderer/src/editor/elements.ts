/** The elements that show layers on the canvas. */

/** The card of a layer; null while it is not drawn. */
export const cardElement = (name: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`.svelte-flow__node[data-id="${CSS.escape(name)}"]`)
