/** The rules of a run at the end of each epoch: they decide, this keeps what they call the best. */
import type { StopSpec } from '#engine/compile/program.ts'
import type { EpochMessage } from '#shared/run.ts'
import { assignTensors, copyTensors, type Progress, type Snapshot, type Tensors } from './state.ts'

/** The live setting that rules may change. */
export const learningRateSetting = 'optimizer.learningRate'

/** Whose best it is: the position of a rule, or null for the validation loss, which is followed where no rule watches anything. */
export type Follower = number | null

/** What an epoch measured, by name within each part. */
export interface EpochNumbers {
  readonly train: Readonly<Record<string, number>>
  readonly validation: Readonly<Record<string, number>> | null
  readonly trainInference: Readonly<Record<string, number>> | null
}

export class Judge {
  readonly #stops: readonly StopSpec[]
  readonly #progress: Progress
  readonly #best: Map<Follower, Snapshot>
  /** The rule whose best is the run's: the first that restores its best weights, else the first that watches a number. */
  readonly #leader: Follower

  /** Reads and writes `stops`, `best` and `endedBy` of the progress; `best` holds the best weights by whose they are. */
  constructor(stops: readonly StopSpec[], progress: Progress, best: ReadonlyMap<Follower, Snapshot>) {
    this.#stops = stops
    this.#progress = progress
    this.#best = new Map(best)
    const restoring = stops.findIndex(({ rule, params }) => rule.restoreBest(params))
    const watching = stops.findIndex(({ monitor }) => monitor !== null)
    this.#leader = [restoring, watching].find((index) => index >= 0) ?? null
  }

  /** The best weights of the run and of each rule that restores them. */
  get best(): ReadonlyMap<Follower, Snapshot> {
    return this.#best
  }

  /** Whether a rule that ended the run may be overruled because it allows more time by now. */
  get hasMoreTime(): boolean {
    const { endedBy, seconds } = this.#progress
    const stop = endedBy === null ? undefined : this.#stops[endedBy]
    return stop?.rule.expires !== undefined && seconds < stop.rule.expires(stop.params)
  }

  /**
   * The weights to go back to when the run ends: those of the rule that ended it, else of the first that restores; null where
   * no rule does.
   */
  restored(): Snapshot | null {
    const restores = (index: Follower): boolean => {
      const stop = index === null ? undefined : this.#stops[index]
      return stop?.rule.restoreBest(stop.params) ?? false
    }
    const by = [this.#progress.endedBy, ...this.#stops.keys()].find((index) => restores(index) && this.#best.has(index))
    return by === undefined ? null : (this.#best.get(by) ?? null)
  }

  /** The weights of the best epoch of the run, whether or not a rule goes back to them; null before there is one. */
  bestWeights(): Snapshot | null {
    return this.#best.get(this.#leader) ?? null
  }

  /** Ends the run where its time is over; true if that is so. */
  timeIsOver(): boolean {
    const { seconds } = this.#progress
    const over = this.#stops.findIndex(({ rule, params }) => rule.expires && seconds >= rule.expires(params))
    if (over >= 0) this.#progress.endedBy ??= over
    return over >= 0
  }

  /**
   * Asks every rule about the epoch that has just ended, whose number is still the one before. Gives the learning rate to go
   * on with where a rule changes it, else null.
   */
  epochEnded(numbers: EpochNumbers, weights: Tensors): number | null {
    const progress = this.#progress
    const values: Readonly<Record<string, number>> = Object.fromEntries(
      Object.entries(numbers).flatMap(([part, measured]: [string, Readonly<Record<string, number>> | null]) =>
        Object.entries(measured ?? {}).map(([name, value]) => [`${part}/${name}`, value]),
      ),
    )
    let changed: number | null = null
    this.#stops.forEach(({ rule, params, monitor, better }, index) => {
      const value = monitor === null ? Number.NaN : values[monitor]
      const state = progress.stops[index]
      if (value === undefined || state === undefined) return
      const watched = monitor?.slice(monitor.indexOf('/') + 1) ?? ''
      const learningRate = changed ?? progress.live[learningRateSetting] ?? progress.learningRate
      const { epoch } = progress
      const decision = rule.decide({ params, state, epoch, watched, value, better, values, learningRate })
      progress.stops[index] = decision.state
      changed = decision.learningRate ?? changed
      if (decision.improved && (rule.restoreBest(params) || index === this.#leader)) this.#keep(index, weights)
      if (decision.stop) progress.endedBy ??= index
    })
    const loss = numbers.validation?.['loss']
    if (loss !== undefined && Number.isFinite(loss) && (progress.best === null || loss < progress.best.value)) {
      progress.best = { epoch: progress.epoch + 1, value: loss }
      if (this.#leader === null) this.#keep(null, weights)
    }
    return changed
  }

  #keep(follower: Follower, weights: Tensors): void {
    const kept = this.#best.get(follower)?.weights ?? copyTensors(weights)
    assignTensors(kept, weights)
    this.#best.set(follower, { epoch: this.#progress.epoch + 1, weights: kept })
  }

  /** The best epoch of the run: by the rule whose best it is, or by validation loss when no rule watches anything. */
  bestSoFar(): EpochMessage['best'] {
    if (this.#leader === null) return this.#progress.best && { ...this.#progress.best, monitor: 'validation/loss' }
    const monitor = this.#stops[this.#leader]?.monitor
    const { best = null, bestEpoch = -1 } = this.#progress.stops[this.#leader] ?? {}
    return best === null || !monitor ? null : { epoch: bestEpoch + 1, value: best, monitor }
  }
}
