/** What the weights of the run on screen make of the rows kept apart, as it was last looked at. */
import { type Diagnosis, mostShownRows, type ShownRows } from '#shared/diagnosis.ts'
import { client } from './client.ts'
import { notices } from './notices.svelte.ts'
import { run } from './run.svelte.ts'

/** Rows of the table that were asked for: what they are, how many, and those that are shown. */
interface Opened {
  readonly title: string
  readonly all: number
  readonly shown: ShownRows
}

class RunDiagnosis {
  diagnosis = $state.raw<Diagnosis | null>(null)
  rows = $state.raw<Opened | null>(null)
  isWorking = $state(false)
  /** The run the diagnosis is of, and whether that had ended. */
  #of = ''

  readonly #now = $derived(run.info ? `${run.info.id} ${run.ended ? 'ended' : 'on'}` : '')

  /** Looks at a run that has ended, once; forgets the diagnosis of another. To be called in an effect. */
  follow(): void {
    const now = this.#now
    if (this.#of.split(' ')[0] !== now.split(' ')[0]) {
      this.diagnosis = null
      this.rows = null
    }
    if (run.ended && run.ended.keptEpoch > 0 && this.#of !== now) void this.look()
  }

  /** Predicts the rows by the weights as they are, for one output or the first. */
  async look(output: string | null = null): Promise<void> {
    if (this.isWorking || !run.info) return
    this.isWorking = true
    this.#of = this.#now
    const diagnosis = await notices.attempt(client.call('run.diagnose', { output }))
    if (diagnosis) this.diagnosis = diagnosis
    this.rows = null
    this.isWorking = false
  }

  /** Shows rows of the table, by their numbers. */
  async open(title: string, rows: readonly number[]): Promise<void> {
    const shown = await notices.attempt(client.call('run.rows', { rows: rows.slice(0, mostShownRows) }))
    if (shown) this.rows = { title, all: rows.length, shown }
  }

  close(): void {
    this.rows = null
  }
}

export const runDiagnosis = new RunDiagnosis()
