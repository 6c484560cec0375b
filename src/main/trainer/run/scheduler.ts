/** The scheduled changes of a run: a function of the step alone, so that slices and interruptions change nothing. */
import type { Program } from '#engine/compile/program.ts'
import { changesOf, type ScheduledChange } from '#engine/project/schedulePoints.ts'

export class Scheduler {
  readonly #changes: ReadonlyMap<string, readonly ScheduledChange[]>

  constructor(schedules: Program['schedules'], stepsPerEpoch: number) {
    this.#changes = new Map([...schedules].map(([name, points]) => [name, changesOf(points, stepsPerEpoch)]))
  }

  /** The changes to be made right before a step, at most one a setting. */
  changesAt(iteration: number): readonly (ScheduledChange & { readonly name: string })[] {
    return [...this.#changes].flatMap(([name, changes]) =>
      changes.filter((change) => change.iteration === iteration).map((change) => ({ ...change, name })),
    )
  }

  /** The value that the schedule of a setting has given it before a step; null where it has not yet. */
  valueAt(name: string, iteration: number): number | null {
    return this.#changes.get(name)?.findLast((change) => change.iteration <= iteration)?.value ?? null
  }

  /** Steps from one on until a setting changes again; none of them may be crossed in one go. */
  stepsUntilChange(iteration: number): number {
    const next = [...this.#changes.values()].flatMap(
      (changes) => changes.find((change) => change.iteration > iteration)?.iteration ?? [],
    )
    return Math.min(...next, Infinity) - iteration
  }
}
