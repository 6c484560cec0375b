/** Schedules of the project, each with the live setting it changes. */
import { checkParam } from '../project/check.ts'
import { fail, IssueError, type Project, type SchedulePoint } from '../project/project.ts'
import type { LiveSpec } from './program.ts'

/**
 * The live settings that a name means: the one of that name, else those whose names end in it at a `/` or a `.`:
 * `l1.strength` is `dense1/kernel/l1.strength` where that is the only L1.
 */
export function liveSettings<T extends { readonly name: string }>(live: readonly T[], name: string): readonly T[] {
  const exact = live.filter((spec) => spec.name === name)
  return exact.length > 0
    ? exact
    : live.filter((spec) => spec.name.endsWith(`/${name}`) || spec.name.endsWith(`.${name}`))
}

/** What to do about a name that does not mean one live setting. */
export function unclearName(name: string, meant: readonly LiveSpec[], live: readonly LiveSpec[]): string {
  const list = (specs: readonly LiveSpec[]): string => specs.map((spec) => spec.name).join(', ')
  if (meant.length > 1) return `"${name}" may be any of ${list(meant)}; write more of its name.`
  return `"${name}" cannot change while training; these can: ${list(live) || 'none'}.`
}

/** The points of each scheduled setting by its full name. Throws an IssueError that names what cannot be scheduled so. */
export function schedulesOf(
  { training }: Project,
  live: readonly LiveSpec[],
): ReadonlyMap<string, readonly SchedulePoint[]> {
  const schedules = new Map<string, readonly SchedulePoint[]>()
  for (const [name, points] of Object.entries(training.schedules ?? {})) {
    const place = ['training', 'schedules', name]
    const path = place.join('/')
    const meant = liveSettings(live, name)
    const [spec] = meant
    if (!spec || meant.length > 1) fail(path, unclearName(name, meant, live))
    if (schedules.has(spec.name))
      fail(path, `There are two schedules of ${spec.name}; remove one of them, or join their points.`)
    const issues = points.flatMap(({ value }) => checkParam(spec.declaration, value, place, `The schedule of ${name}`))
    // A default is no point of a schedule.
    if (issues.length > 0) throw new IssueError(...issues.map(({ mend: _, ...issue }) => issue))
    schedules.set(spec.name, points)
  }
  return schedules
}
