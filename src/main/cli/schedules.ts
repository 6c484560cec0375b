/** Schedules from the command line: `--schedule l1.strength=0@0..0.01@5`. */
import type { Project } from '#engine/project/project.ts'
import { parsePoints } from '#engine/project/schedulePoints.ts'
import { CallError } from '#shared/result.ts'

/** Whether one name of a live setting is the other, or as much of its end as people write. */
function meansSame(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return short === long || long.endsWith(`/${short}`) || long.endsWith(`.${short}`)
}

/**
 * A project with these schedules, in place of those that it has for the same settings. Throws a CallError that names the first
 * that cannot be read; whether there are such settings is found when the project is compiled.
 */
export function withSchedules(project: Project, schedules: readonly string[]): Project {
  return schedules.reduce((before, schedule) => {
    const split = schedule.indexOf('=')
    const name = schedule.slice(0, Math.max(split, 0)).trim()
    const points = parsePoints(schedule.slice(split + 1))
    if (name === '' || points === null) {
      const form =
        'write a live setting, = and values @ epochs, as in l1.strength=0@0,0.01@5, or 0@0..0.01@5 for a line'
      throw new CallError('invalid', `--schedule ${schedule}: ${form}.`)
    }
    const others = Object.entries(before.training.schedules ?? {}).filter(([known]) => !meansSame(known, name))
    const all = { ...Object.fromEntries(others), [name]: points }
    return { ...before, training: { ...before.training, schedules: all } }
  }, project)
}
