/** What is to be reached, as ratios within one run on two cores. */
import type { Watched } from './page.ts'
import { median, type Result, speedRatio } from './race.ts'
import { augmented, bare, regularized } from './variants.ts'
import { workbenchName } from './workbench.ts'

interface Target {
  readonly workload: string
  readonly against: string
  /** At least so many times as fast. */
  readonly speed: number
  /** Hoped for, not promised. */
  readonly stretch?: boolean
}

const targets: readonly Target[] = [
  { workload: 'a', against: 'PyTorch', speed: 6 },
  { workload: 'a', against: 'Keras', speed: 15 },
  { workload: 'b', against: 'PyTorch', speed: 1 },
  { workload: 'c', against: 'PyTorch', speed: 1 },
  { workload: 'c', against: 'Keras', speed: 1, stretch: true },
  { workload: 'd', against: 'PyTorch', speed: 1 },
  { workload: 'e', against: 'PyTorch', speed: 1 },
  { workload: 'e', against: 'Keras', speed: 1, stretch: true },
]

/** What techniques may cost: at most so many times the time of the same workload without them. */
const costs = [
  { variant: regularized, without: bare.name, times: 1.35 },
  { variant: augmented, without: workbenchName, times: 1.25 },
]

/** On these at most so many times the memory. */
const memory = { workloads: ['c', 'e'], against: 'PyTorch', times: 2 }

/** The workload on which the workbench's overhead counts, and the part of the time it may take. */
export const overhead = { workload: 'b', share: 0.03 }

export interface Verdict {
  readonly target: string
  readonly reached: string
  /** Null where it could not be measured. */
  readonly met: boolean | null
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** With other programs on so many cores the target can still be met, but to miss it says nothing. */
const quiet = 0.2

/** All that is not training, beside training, while a page watches. */
export function judgeWatched({ training, between, host, page, others, wallSeconds }: Watched): Verdict {
  const share = (between + host + page) / training
  const met = share < overhead.share
  return {
    target: `(${overhead.workload}) the workbench's own overhead, page and all, under ${percent(overhead.share)}`,
    reached: percent(share),
    met: met || others / wallSeconds < quiet ? met : null,
  }
}

/** Each target that the workloads run here are about; met where typical and best rounds both say so. */
export function judge(results: readonly Result[]): Verdict[] {
  const ran = new Set(results.map(({ workload }) => workload))
  const verdicts = targets
    .filter(({ workload }) => ran.has(workload))
    .map(({ workload, against, speed, stretch }): Verdict => {
      const ratio = speedRatio(results, workload, workbenchName, against)
      return {
        target: `(${workload}) at least ${speed} × ${against}${stretch ? ', hoped for' : ''}`,
        reached: ratio === null ? 'not measured' : `${ratio.typical.toFixed(2)} × (best ${ratio.best.toFixed(2)} ×)`,
        met: ratio === null ? null : Math.min(ratio.typical, ratio.best) >= speed,
      }
    })
  for (const { variant, without, times } of costs.filter(({ variant: { workload } }) => ran.has(workload))) {
    const ratio = speedRatio(results, variant.workload, variant.name, without)
    const cost = ratio && 1 / Math.min(ratio.typical, ratio.best)
    verdicts.push({
      target: `(${variant.workload}) ${variant.name}, at most ${times} × the time`,
      reached:
        ratio === null ? 'not measured' : `${(1 / ratio.typical).toFixed(2)} × (best ${(1 / ratio.best).toFixed(2)} ×)`,
      met: cost === null ? null : cost <= times,
    })
  }
  for (const workload of memory.workloads.filter((name) => ran.has(name))) {
    const peakOf = (name: string): number | null =>
      results.find((result) => result.workload === workload && result.participant === name)?.peakBytes ?? null
    const [ours, theirs] = [peakOf(workbenchName), peakOf(memory.against)]
    const times = ours !== null && theirs !== null ? ours / theirs : null
    verdicts.push({
      target: `(${workload}) at most ${memory.times} × the memory of ${memory.against}`,
      reached: times === null ? 'not measured' : `${times.toFixed(2)} ×`,
      met: times === null ? null : times <= memory.times,
    })
  }
  const shares = results.find(({ workload }) => workload === overhead.workload)?.overheads ?? []
  if (shares.length > 0) {
    const share = median(shares)
    verdicts.push({
      target: `(${overhead.workload}) the workbench's own overhead under ${percent(overhead.share)}`,
      reached: `${percent(share)} (best ${percent(Math.min(...shares))})`,
      met: share < overhead.share,
    })
  }
  return verdicts
}
