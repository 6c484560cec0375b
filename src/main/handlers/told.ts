/** A run's messages, gathered for pages: what a later message makes idle is left out. */
import type { RunMessage } from '#shared/run.ts'

/** Of progress only the latest is kept, of weights only the last epoch's. */
export class Told {
  messages: RunMessage[] = []

  add(message: RunMessage): void {
    if (message.type === 'started') this.messages = []
    if (message.type === 'progress') {
      const before = this.messages.findLastIndex(({ type }) => type === 'progress')
      if (before >= 0) this.messages.splice(before, 1)
    }
    if (message.type === 'epoch') {
      const before = this.messages.findLastIndex(({ type }) => type === 'epoch')
      const epoch = this.messages[before]
      if (epoch?.type === 'epoch') this.messages[before] = { ...epoch, weights: [] }
    }
    this.messages.push(message)
  }

  /** Gives all messages and forgets them. */
  take(): RunMessage[] {
    const { messages } = this
    this.messages = []
    return messages
  }
}
