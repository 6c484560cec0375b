/** What regularization did in the run on screen, as it was last looked at. */
import type { RunReport } from '#shared/report.ts'
import { client } from './client.ts'
import { notices } from './notices.svelte.ts'
import { run } from './run.svelte.ts'

class ReportState {
  report = $state.raw<RunReport | null>(null)
  isWorking = $state(false)
  /** The run the report is of, and whether that had ended. */
  #of = ''

  readonly #now = $derived(run.info ? `${run.info.id} ${run.ended ? 'ended' : 'on'}` : '')

  /** Whether the report on screen is of an earlier moment of the run. */
  readonly isEarlier = $derived(this.report !== null && run.isOn)

  /** Looks at a run that has ended, once; forgets the report of another. */
  follow(): void {
    const now = this.#now
    if (this.#of.split(' ')[0] !== now.split(' ')[0]) this.report = null
    if (run.ended && this.#of !== now) void this.look()
  }

  /** Looks at the weights as they are. */
  async look(): Promise<void> {
    if (this.isWorking || !run.info) return
    this.isWorking = true
    this.#of = this.#now
    const report = await notices.attempt(client.call('run.report', null))
    if (report) this.report = report
    this.isWorking = false
  }
}

export const reportState = new ReportState()
