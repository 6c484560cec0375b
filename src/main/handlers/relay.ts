/** The way of a run's messages to the pages: at the pace at which pages are to draw, many at a time. */
import { type RunMessage, tellingPause } from '#shared/run.ts'
import { Told } from './told.ts'

/** Milliseconds that a message waits at least, because an epoch's follows its last progress at once. */
const together = 20

/** Sends on numbers no more often than `tellingPause` says; what changes the run's state goes at once, with all before it. */
export class Relay {
  readonly #send: (messages: RunMessage[]) => void
  readonly #waiting = new Told()
  #timer: NodeJS.Timeout | null = null
  #began = 0
  #sentAt = 0

  constructor(send: (messages: RunMessage[]) => void) {
    this.#send = send
  }

  add(message: RunMessage): void {
    const now = performance.now()
    if (message.type === 'started') this.#began = now
    this.#waiting.add(message)
    if (message.type !== 'progress' && message.type !== 'epoch') return this.flush()
    const due = this.#sentAt + tellingPause(now - this.#began)
    this.#timer ??= setTimeout(() => this.flush(), Math.max(together, due - now))
  }

  /** Sends what is still waiting. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const messages = this.#waiting.take()
    if (messages.length === 0) return
    this.#sentAt = performance.now()
    this.#send(messages)
  }
}
