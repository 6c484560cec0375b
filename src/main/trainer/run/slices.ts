/** How many steps one call of the training graph makes. */

/** Seconds: long enough to be worth a call, short enough that pause, stop and live settings are heard at once. */
const aim = 0.075
/** What a call costs beside its steps (copies of all outputs) may take this part of the time. */
const callShare = 0.03
/** Where copies are large, slices grow, but never beyond this. */
const longest = 1

/** Chooses the length of slices from what the last ones took; never changes what is computed. */
export class SlicePlanner {
  readonly #wanted: number
  readonly #callSeconds: number
  #secondsPerStep: number | null = null
  #last = 0

  /** `callSeconds` is what a call costs beside its steps. */
  constructor(callSeconds: number) {
    this.#callSeconds = callSeconds
    this.#wanted = Math.min(longest, Math.max(aim, callSeconds / callShare))
  }

  /** Steps for the next call, 1 to `left`. */
  next(left: number): number {
    if (this.#secondsPerStep === null) return 1
    const steps = Math.round(this.#wanted / this.#secondsPerStep)
    // The first calls are slower than the rest: approach the length instead of trusting them.
    return Math.max(1, Math.min(left, steps, this.#last * 4))
  }

  /** Says how long a call of `steps` steps took. */
  record(steps: number, seconds: number): void {
    const measured = Math.max((seconds - this.#callSeconds) / steps, 1e-7)
    const known = this.#secondsPerStep
    this.#secondsPerStep = known === null || steps > this.#last ? measured : 0.7 * known + 0.3 * measured
    this.#last = steps
  }
}
