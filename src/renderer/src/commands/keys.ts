/** From key presses to commands. */
import { workbench } from '../state/workbench.svelte.ts'
import { texts } from '../texts.ts'
import { allCommands, doCommand } from './commands.ts'

/** A key press as commands spell it: `Mod+Shift+z`. */
function spell(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'Mod+' : ''
  const shift = event.shiftKey && (mod !== '' || event.key.startsWith('F')) ? 'Shift+' : ''
  const key = event.key === 'Backspace' ? 'Delete' : event.key.length === 1 ? event.key.toLowerCase() : event.key
  return `${mod}${shift}${key}`
}

/** Keys as people read them: `Ctrl+Shift+Z`, `⌘K`. */
export const showKeys = (keys: string): string =>
  keys
    .replace('Mod+', texts.modifier)
    .replace('Delete', 'Del')
    .replace(/(?<![A-Za-z])[a-z]$/, (key) => key.toUpperCase())

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=range], [type=checkbox]), textarea, select') !== null

export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return
  const keys = spell(event) === 'Mod+y' ? 'Mod+Shift+z' : spell(event)
  const command = allCommands().find((other) => other.keys === keys)
  if (!command || (isField(event.target) && !command.everywhere)) return
  if (workbench.dialog !== null && command.name !== 'palette') return
  // Copying a selected text stays what it is.
  if (command.name === 'copy' && !getSelection()?.isCollapsed) return
  event.preventDefault()
  if (command.name !== 'deselect' || command.off() === null) doCommand(command.name)
}
