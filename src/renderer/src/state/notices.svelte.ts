/** Short sentences that come up at the foot of the window: refusals, failures, and what was done. */
import { CallError } from '#shared/result.ts'
import { texts } from '../texts.ts'

export interface Notice {
  readonly id: number
  readonly kind: 'done' | 'refused' | 'failed'
  readonly text: string
}

const shownFor = 7000

class NoticesState {
  list = $state.raw<readonly Notice[]>([])
  #next = 1

  /** Shows a sentence once: the same one again only starts its time anew. */
  show(kind: Notice['kind'], text: string): void {
    const notice: Notice = { id: this.#next++, kind, text }
    this.list = [...this.list.filter((other) => other.text !== text), notice].slice(-3)
    if (kind !== 'failed') setTimeout(() => this.dismiss(notice.id), shownFor)
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id)
  }

  /** Awaits a call; what goes wrong becomes one sentence on the screen, and `null` comes back. */
  async attempt<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await work
    } catch (error) {
      this.show('failed', error instanceof CallError ? error.message : texts.unexpected)
      if (!(error instanceof CallError)) reportError(error)
      return null
    }
  }
}

export const notices = new NoticesState()
