/** How weights, gradients and activations of the run on screen changed, read while someone looks. */
import type { Filters, WeightHistory } from '#shared/history.ts'
import { client } from './client.ts'
import { run } from './run.svelte.ts'

/** Milliseconds between two readings while the run goes on. */
const pause = 1000

class RunHistory {
  history = $state.raw<WeightHistory | null>(null)
  filters = $state.raw<Filters | null>(null)
  #readAt = 0
  #asked = ''

  /** Reads what has come since, at most once a second; to be called in an effect. Returns how to stop. */
  follow(): (() => void) | undefined {
    const { info, last, ended } = run
    if (!info) {
      this.history = null
      this.filters = null
      return
    }
    const key = `${info.id} ${last?.epoch ?? 0} ${ended ? 'ended' : 'on'}`
    if (key === this.#asked) return
    const wait = ended ? 0 : Math.max(0, this.#readAt + pause - performance.now())
    const timer = setTimeout(() => {
      this.#asked = key
      this.#readAt = performance.now()
      void this.#read(info.id)
    }, wait)
    // While the run tells of epochs faster than this, the reading that waits is left to come.
    return wait === 0 || ended ? undefined : () => clearTimeout(timer)
  }

  async #read(id: string): Promise<void> {
    // A run that has gone meanwhile has no history: the table of its weights is still there.
    const history = await client.call('run.history', null).catch(() => null)
    const filters = await client.call('run.filters', null).catch(() => null)
    if (run.info?.id !== id) return
    this.history = history
    this.filters = filters
  }
}

export const runHistory = new RunHistory()
