/** The marks of a run: which live changes belong together, and the state before each, kept to go back to. */
import { type Checkpoint, keepMarks, writeMark } from '../checkpoint.ts'
import type { Progress } from './state.ts'

/** Changes of one setting by hand closer together than this many milliseconds are one mark: a slider's drag. */
const drag = 600

/** What has to be put back besides what steps change. */
type Before = Pick<Progress, 'live' | 'marks' | 'lastMark'>

export class Marks {
  readonly #folder: string
  readonly #progress: Progress
  #waiting: { readonly number: number; readonly before: Before } | null = null
  #dragged: { readonly name: string; readonly at: number; readonly mark: number } | null = null

  /** Reads and writes `marks` and `lastMark` of the progress. */
  constructor(folder: string, progress: Progress) {
    this.#folder = folder
    this.#progress = progress
  }

  /**
   * The number of the mark that a change belongs to, asked right before the change: one of its own, unless no step was made
   * since the last mark or it goes on with the change before it, as `goesOn` says of a schedule's line.
   */
  markOf(name: string, by: 'hand' | 'rule' | 'schedule', goesOn: boolean): number {
    const { marks, iteration, live } = this.#progress
    const now = performance.now()
    const dragged = by === 'hand' && this.#dragged?.name === name && now - this.#dragged.at < drag
    const last = marks.at(-1)
    const known =
      (goesOn ? marks.findLast((mark) => mark.name === name)?.number : undefined) ??
      (last?.iteration === iteration ? last.number : undefined) ??
      (dragged ? this.#dragged?.mark : undefined)
    const number = known ?? this.#progress.lastMark + 1
    this.#dragged = by === 'hand' ? { name, at: now, mark: number } : null
    if (known !== undefined) return known
    this.#waiting = { number, before: { live: { ...live }, marks: [...marks], lastMark: number - 1 } }
    this.#progress.marks = [...marks, { number, name, iteration }]
    this.#progress.lastMark = number
    return number
  }

  /** Writes the state before the latest mark unless that was done; to be called before the next step. */
  async keep(state: () => Checkpoint): Promise<void> {
    const waiting = this.#waiting
    if (!waiting) return
    this.#waiting = null
    const checkpoint = state()
    const before = { ...checkpoint, progress: { ...checkpoint.progress, ...waiting.before } }
    this.#progress.marks = await writeMark(this.#folder, before, this.#progress.marks, waiting.number)
  }

  /** Takes the run's progress for what it was before a mark: that one and those after it are gone. */
  async cutFrom(number: number): Promise<void> {
    this.#dragged = null
    this.#progress.marks = this.#progress.marks.filter((mark) => mark.number < number)
    this.#progress.lastMark = number - 1
    await keepMarks(this.#folder, this.#progress.marks)
  }
}
