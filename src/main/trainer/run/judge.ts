/** The rules of a run at the end of each epoch: they decide, this keeps what they call the best. */
import type { StopSpec } from '#engine/compile/program.ts'
import type { EpochMessage } from '#shared/run.ts'
import { assignTensors, copyTensors, type Progress, type Snapshot, type Tensors } from './state.ts'

/** The live setting that rules may change. */
export const learningRateSetting = 'optimizer.learningRate'

export class Judge {
  readonly #stops: readonly StopSpec[]
  readonly #progress: Progress
  readonly #best: Map<number, Snapshot>

  /** Reads and writes `stops`, `best` and `endedBy` of the progress; `best` holds weights by the rule's position. */
  constructor(stops: readonly StopSpec[], progress: Progress, best: ReadonlyMap<number, Snapshot>) {
    this.#stops = stops
    this.#progress = progress
    this.#best = new Map(best)
  }

  /** The best weights by each rule that restores them. */
  get best(): ReadonlyMap<number, Snapshot> {
    return this.#best
  }

  /** The weights to go back to: those of the rule that ended the run, else of the first that restores; null without. */
  bestWeights(): Snapshot | null {
    const { endedBy } = this.#progress
    const ending = endedBy === null ? undefined : this.#best.get(endedBy)
    return ending ?? this.#best.values().next().value ?? null
  }

  /**
   * Asks every rule about the epoch that has just ended, whose number is still the one before. Gives the learning rate to go
   * on with where a rule changes it, else null.
   */
  epochEnded(
    train: Record<string, number>,
    validation: Record<string, number> | null,
    weights: Tensors,
  ): number | null {
    const progress = this.#progress
    let changed: number | null = null
    this.#stops.forEach(({ rule, params, monitor, better }, index) => {
      const [part = ''] = monitor.split('/', 1)
      const name = monitor.slice(part.length + 1)
      const value = (part === 'validation' ? validation : train)?.[name]
      const state = progress.stops[index]
      if (value === undefined || state === undefined) return
      const learningRate = changed ?? progress.live[learningRateSetting] ?? progress.learningRate
      const decision = rule.decide({ params, state, epoch: progress.epoch, value, better, learningRate })
      progress.stops[index] = decision.state
      changed = decision.learningRate ?? changed
      if (decision.improved && rule.restoreBest(params)) this.#keep(index, weights)
      if (decision.stop) progress.endedBy ??= index
    })
    const loss = validation?.['loss']
    if (loss !== undefined && Number.isFinite(loss) && (progress.best === null || loss < progress.best.value))
      progress.best = { epoch: progress.epoch + 1, value: loss }
    return changed
  }

  #keep(index: number, weights: Tensors): void {
    const kept = this.#best.get(index)?.weights ?? copyTensors(weights)
    assignTensors(kept, weights)
    this.#best.set(index, { epoch: this.#progress.epoch + 1, weights: kept })
  }

  /** The best epoch by what the first rule watches, or by validation loss when there is no rule. */
  bestSoFar(): EpochMessage['best'] {
    const [stop] = this.#stops
    const [state] = this.#progress.stops
    if (!stop || !state) return this.#progress.best && { ...this.#progress.best, monitor: 'validation/loss' }
    const { best, bestEpoch } = state
    if (best === null || !Number.isFinite(best)) return null
    return { epoch: bestEpoch + 1, value: best, monitor: stop.monitor }
  }
}
