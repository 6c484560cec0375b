/** Something the workbench can do, wherever it is asked to. */
export interface Command {
  /** What a menu of the shell calls it. */
  readonly name: string
  readonly title: string
  /** Keys as `Mod+Shift+z`; Mod is Ctrl, or Command on a Mac. */
  readonly keys?: string
  /** Also while a field has the focus. */
  readonly everywhere?: true
  /** Why it cannot be done now; null when it can. */
  readonly off: () => string | null
  readonly run: () => void
}
