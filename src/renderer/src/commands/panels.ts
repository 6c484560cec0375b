/** F6: from panel to panel. */

const focusable = 'button, input, select, a[href], [tabindex]:not([tabindex="-1"])'

/** Puts the focus into the next (1) or previous (-1) panel that is shown. */
export function movePanel(direction: 1 | -1): void {
  const panels = [...document.querySelectorAll<HTMLElement>('[data-panel]')]
  const at = panels.findIndex((panel) => panel.contains(document.activeElement))
  const next = panels[(Math.max(at, direction > 0 ? -1 : 0) + direction + panels.length) % panels.length]
  const inside = [...(next?.querySelectorAll<HTMLElement>(focusable) ?? [])]
  inside.find((element) => element.checkVisibility())?.focus()
}
