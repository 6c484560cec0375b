/** Early stopping at the end of each epoch: the rules decide, this keeps what they call the best. */
import type { StopSpec } from '#engine/compile/program.ts'
import type { EpochMessage } from '#shared/run.ts'
import { assignTensors, copyTensors, type Progress, type Snapshot, type Tensors } from './state.ts'

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

  /** Asks every rule about the epoch that has just ended, whose number is still the one before. */
  epochEnded(train: Record<string, number>, validation: Record<string, number> | null, weights: Tensors): void {
    const progress = this.#progress
    this.#stops.forEach(({ rule, params, monitor, better }, index) => {
      const [part, name = ''] = monitor.split('/')
      const value = (part === 'validation' ? validation : train)?.[name]
      const state = progress.stops[index]
      if (value === undefined || state === undefined) return
      const decision = rule.decide({ params, state, epoch: progress.epoch, value, better })
      progress.stops[index] = decision.state
      if (decision.improved && rule.restoreBest(params)) this.#keep(index, weights)
      if (decision.stop) progress.endedBy ??= index
    })
    const loss = validation?.['loss']
    if (loss === undefined || !Number.isFinite(loss)) return
    if (progress.best === null || loss < progress.best.value) progress.best = { epoch: progress.epoch + 1, value: loss }
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
