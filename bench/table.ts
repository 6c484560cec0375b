/** The results for people. */
import type { Watched } from './page.ts'
import { median, type Result } from './race.ts'
import type { Verdict } from './targets.ts'
import type { Workload } from './workloads.ts'

/** Lines of cells in columns: the first to the left, the others to the right. */
function align(lines: readonly (readonly string[])[]): string[] {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

const digits = (value: number): string => (value < 1 ? value.toFixed(4) : value.toFixed(value < 100 ? 2 : 0))

function lineOf({ participant, description, rounds, cpu, peakBytes }: Result, ours: number): string[] {
  if (description === null) return [`  ${participant}`, 'not found', '', '', '', '', '']
  const middle = median(rounds)
  return [
    `  ${participant}${description ? ` (${description})` : ''}`,
    digits(middle),
    digits(Math.min(...rounds)),
    (1000 / middle).toFixed(1),
    `${(middle / ours).toFixed(2)} ×`,
    cpu.length === 0 ? 'unknown' : digits(median(cpu)),
    peakBytes === null ? 'unknown' : `${Math.round(peakBytes / 2 ** 20)} MB`,
  ]
}

/** One block a workload, in milliseconds per step; its first participant is the one that the others' times are told by. */
export function tableOf(workloads: readonly Workload[], results: readonly Result[]): string {
  const head = ['', 'ms/step', 'best', 'steps/s', 'time', 'CPU ms/step', 'peak memory']
  const lines = workloads.flatMap(({ name, title }) => {
    const own = results.filter(({ workload }) => workload === name)
    const ours = median(own[0]?.rounds ?? [])
    return [[`(${name}) ${title}`, ...head.slice(1)], ...own.map((result) => lineOf(result, ours))]
  })
  return align(lines).join('\n')
}

/** What was used while a page watched, in CPU seconds and as parts of what training used. */
export function watchedTable({ name, title }: Workload, watched: Watched): string {
  const { epochs, wallSeconds, training, between, host, page, others } = watched
  const cores = (seconds: number): string => (Math.max(0, seconds) / wallSeconds).toFixed(2)
  const line = (what: string, seconds: number): string[] => [
    `  ${what}`,
    seconds.toFixed(2),
    `${((seconds / training) * 100).toFixed(2)} %`,
  ]
  const lines = [
    [`(${name}) ${title}`, 'CPU seconds', 'of training'],
    line('training', training),
    line('trainer between calls', between),
    line('host', host),
    line('page, all processes of the browser', page),
  ]
  const head = `${epochs} epochs in ${wallSeconds.toFixed(0)} s with a page that watches`
  const shares = `the trainer had ${cores(training + between)} cores, other programs ${cores(others)}`
  return `${head}; ${shares}\n\n${align(lines).join('\n')}`
}

/** Targets, each with whether it was met. */
export function verdictsOf(verdicts: readonly Verdict[]): string {
  const said = (met: boolean | null): string => (met === null ? '?' : met ? 'met' : 'NOT MET')
  return align(verdicts.map(({ target, reached, met }) => [target, reached, said(met)])).join('\n')
}
