/** Participants in turns, A B A B, so that whatever else the machine does meets all of them alike. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Participant, peakMemory, type Running, type Turn } from './participant.ts'
import { writeData } from './project.ts'
import { threads, type Workload } from './workloads.ts'

/** What one participant did on one workload. */
export interface Result {
  readonly workload: string
  readonly participant: string
  /** Version and choices; null where it is not installed. */
  readonly description: string | null
  /** Milliseconds per step in each round, in the order in which they were run. */
  readonly rounds: readonly number[]
  /** Milliseconds of all cores together per step in each round: what other programs hardly touch. Empty where it is not known. */
  readonly cpu: readonly number[]
  /** In each round, what everything but the steps took, as a part of what the steps took; empty where it is not known. */
  readonly overheads: readonly number[]
  /** The most memory its process held, bytes; null where it is not known. */
  readonly peakBytes: number | null
}

/** How long one turn lasts, seconds. */
const turnSeconds = 2

/** The middle of some numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** Runs one workload: everyone is started, then takes `rounds` turns, in an order that is reversed every other round. */
export async function race(
  workload: Workload,
  participants: readonly Participant[],
  rounds: number,
): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-bench-'))
  const started: { readonly name: string; readonly running: Running | null; readonly turns: Turn[] }[] = []
  try {
    await writeData(workload, folder)
    for (const { name, start } of participants)
      started.push({ name, running: await start({ workload, threads, folder }), turns: [] })
    for (let round = 0; round < rounds; round++) {
      for (const { running, turns } of round % 2 === 0 ? started : started.toReversed()) {
        if (running) turns.push(await running.turn(turnSeconds))
      }
    }
    return started.map(({ name, running, turns }) => ({
      workload: workload.name,
      participant: name,
      description: running?.description ?? null,
      rounds: turns.map(({ seconds, steps }) => (seconds * 1000) / steps),
      cpu: turns.flatMap(({ cpuSeconds, steps }) => (cpuSeconds === null ? [] : [(cpuSeconds * 1000) / steps])),
      overheads: turns.flatMap(({ seconds, overheadSeconds }) =>
        overheadSeconds === null ? [] : [overheadSeconds / (seconds - overheadSeconds)],
      ),
      peakBytes: running && peakMemory(running.pid),
    }))
  } finally {
    for (const { running } of started) running?.end()
    await rm(folder, { recursive: true, force: true })
  }
}

/** How many times faster one participant is than another. */
export interface Ratio {
  /** Median of the ratios within each round. */
  readonly typical: number
  /** One's best round beside the other's: least touched by whatever else the machine was doing. */
  readonly best: number
}

/** How many times faster `one` is than `other` on a workload; null where either did not take part. */
export function speedRatio(results: readonly Result[], workload: string, one: string, other: string): Ratio | null {
  const roundsOf = (name: string): readonly number[] =>
    results.find((result) => result.workload === workload && result.participant === name)?.rounds ?? []
  const [ours, theirs] = [roundsOf(one), roundsOf(other)]
  const ratios = ours.flatMap((time, round) => (theirs[round] === undefined ? [] : [theirs[round] / time]))
  return ratios.length > 0 ? { typical: median(ratios), best: Math.min(...theirs) / Math.min(...ours) } : null
}
