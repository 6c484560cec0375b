/** What was asked of a run and is to be done between two slices, when nothing reads or writes its state. */
interface Request {
  readonly act: () => void | Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Requests {
  readonly #wake: () => void
  #waiting: Request[] = []

  /** `wake` is called when there is something to do, in case the run stands still. */
  constructor(wake: () => void) {
    this.#wake = wake
  }

  /** Resolves when it is done; rejects when it failed, or the run ended before. */
  add(act: Request['act']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ act, resolve, reject })
      this.#wake()
    })
  }

  /** Does what waits, in the order in which it was asked. */
  async answer(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        await next.act()
        next.resolve()
      } catch (error) {
        next.reject(error)
      }
    }
  }

  /** Nothing of what waits will be done. */
  refuse(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
