/** The project being edited: immutable values, one way to change them, and their history. */
import type { ParamValue, Place, Project } from '#engine/project/project.ts'
import { formatPlace, writeAt } from '#engine/project/place.ts'

const historyLength = 500
/** Edits of one value closer together than this are one step back: a slider's drag, a burst of typing. */
const burst = 800

class DocumentState {
  project = $state.raw<Project | null>(null)
  /** Counts the projects opened, for what must begin anew with each. */
  opened = $state(0)
  path = $state.raw<string | null>(null)
  #saved = $state.raw<Project | null>(null)
  #past = $state.raw<readonly Project[]>([])
  #future = $state.raw<readonly Project[]>([])
  #last = { merge: '', at: 0 }

  readonly isDirty = $derived(this.project !== this.#saved)
  readonly canUndo = $derived(this.#past.length > 0)
  readonly canRedo = $derived(this.#future.length > 0)

  /** Takes a project as opened: no history, nothing to save. */
  open(project: Project, path: string | null): void {
    this.opened++
    this.project = project
    this.path = path
    this.#saved = project
    this.#past = []
    this.#future = []
    this.#last = { merge: '', at: 0 }
  }

  /** Notes what was written: `saved` is the project as it is in the file, which may name its table another way. */
  markSaved(sent: Project, saved: Project, path: string): void {
    if (this.project === sent) this.project = saved
    this.#saved = saved
    this.path = path
  }

  /** The one way to change the project. Edits with the same `merge` shortly after one another are undone together. */
  edit(change: (project: Project) => Project, merge = ''): void {
    if (!this.project) return
    const next = change(this.project)
    if (next === this.project) return
    const now = performance.now()
    const merged = merge !== '' && merge === this.#last.merge && now - this.#last.at < burst
    if (!merged) this.#past = [...this.#past, this.project].slice(-historyLength)
    this.#future = []
    this.#last = { merge, at: now }
    this.project = next
  }

  setParam(place: Place, value: ParamValue): void {
    this.edit((project) => writeAt(project, place, value), formatPlace(place))
  }

  undo(): void {
    const previous = this.#past.at(-1)
    if (!previous || !this.project) return
    this.#future = [this.project, ...this.#future]
    this.#past = this.#past.slice(0, -1)
    this.#last = { merge: '', at: 0 }
    this.project = previous
  }

  redo(): void {
    const [next, ...rest] = this.#future
    if (!next || !this.project) return
    this.#past = [...this.#past, this.project]
    this.#future = rest
    this.#last = { merge: '', at: 0 }
    this.project = next
  }
}

export const documentState = new DocumentState()
