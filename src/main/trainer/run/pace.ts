/** How fast a run goes. */
export class Pace {
  #recent = { steps: 0, seconds: 0 }
  #all = { steps: 0, seconds: 0 }

  /** Counts time trained; validation counts with no steps. */
  add(steps: number, seconds: number): void {
    for (const pace of [this.#recent, this.#all]) {
      pace.steps += steps
      pace.seconds += seconds
    }
  }

  /** Steps per second since this was asked last. */
  takeRecent(): number {
    const { steps, seconds } = this.#recent
    this.#recent = { steps: 0, seconds: 0 }
    return seconds > 0 ? steps / seconds : 0
  }

  /** Seconds that more steps will take at the pace so far; null while there is none. */
  secondsFor(steps: number): number | null {
    return this.#all.steps > 1 ? (steps * this.#all.seconds) / this.#all.steps : null
  }
}
