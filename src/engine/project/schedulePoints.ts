/** Schedules of live settings: values at points in time, reached at once or on a straight line. */
import type { SchedulePoint } from './project.ts'

/** A change of a setting before a step; steps are counted from 0 over the whole run. */
export interface ScheduledChange {
  readonly iteration: number
  readonly value: number
  /** It goes on with the line that the change before it began. */
  readonly goesOn: boolean
}

/** How many times an epoch a line moves. */
const movesPerEpoch = 10

/** Less than a step could be off by rounding, in steps. */
const tolerance = 1e-6

/** All changes that points make, in their order, at most one a step: at each point, and on lines at every tenth of an epoch. */
export function changesOf(points: readonly SchedulePoint[], stepsPerEpoch: number): readonly ScheduledChange[] {
  const changes: ScheduledChange[] = []
  const add = (epoch: number, value: number, goesOn: boolean): void => {
    const iteration = Math.max(0, Math.ceil(epoch * stepsPerEpoch - tolerance))
    const last = changes.at(-1)
    if (last?.iteration === iteration) changes[changes.length - 1] = { ...last, value }
    else changes.push({ iteration, value, goesOn })
  }
  points.forEach(({ epoch, value, ramp }, index) => {
    const from = points[index - 1]
    if (ramp !== true || !from) return add(epoch, value, false)
    let moves = 0
    for (let move = Math.floor(from.epoch * movesPerEpoch) + 1; move / movesPerEpoch < epoch; move++) {
      const part = (move / movesPerEpoch - from.epoch) / (epoch - from.epoch)
      add(move / movesPerEpoch, from.value + part * (value - from.value), moves++ > 0)
    }
    add(epoch, value, moves > 0)
  })
  return changes
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/**
 * Points from text: `0@0,0.01@5` is 0 from the start and 0.01 once 5 epochs are done; `0@0..0.01@5` rises on a straight line
 * between the two. Null where the text is not of that form.
 */
export function parsePoints(text: string): readonly SchedulePoint[] | null {
  const points: SchedulePoint[] = []
  for (const line of text.split(',')) {
    for (const [index, part] of line.split('..').entries()) {
      const [value = '', time = '', ...rest] = part.split('@').map((side) => side.trim())
      const epoch = time.replace(/^epoch\s*/i, '')
      if (rest.length > 0 || !number.test(value) || !number.test(epoch)) return null
      points.push({ epoch: Number(epoch), value: Number(value), ...(index > 0 ? { ramp: true } : {}) })
    }
  }
  return points
}
