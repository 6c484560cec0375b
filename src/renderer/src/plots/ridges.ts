/** Histograms of many moments as ridges, one behind the other. */
import type { WeightMoment } from '#shared/history.ts'

export interface Ridge {
  readonly epoch: number
  /** Corners of its outline: places from 0 to 1 across all moments, and heights from 0 to 1 of the tallest. */
  readonly points: readonly (readonly [number, number])[]
}

export interface Ridges {
  readonly from: number
  readonly to: number
  /** The first epochs first. */
  readonly ridges: readonly Ridge[]
}

/**
 * Every moment on one axis: a height is a share of the elements by the width of its interval, so that a narrow spread stands tall;
 * its cube root is drawn, for one value that stands out not to flatten all others.
 */
export function ridgesOf(all: readonly WeightMoment[]): Ridges {
  const moments = all.filter(({ counts }) => counts.length > 0)
  const from = Math.min(...moments.map(({ min }) => min))
  const to = Math.max(...moments.map(({ max }) => max))
  const span = to - from || 1
  const outlines = moments.map(({ epoch, counts, min, max }) => {
    const sum = counts.reduce((total, count) => total + count, 0) || 1
    const width = (max - min) / counts.length || span / counts.length
    const points = counts.map((count, index): [number, number] => [
      (min + (index + 0.5) * width - from) / span,
      Math.cbrt((count / sum / width) * span),
    ])
    return {
      epoch,
      points: [
        [(min - from) / span, 0] as [number, number],
        ...points,
        [Math.min(1, (max - from) / span), 0] as [number, number],
      ],
    }
  })
  const tallest = Math.max(1e-12, ...outlines.flatMap(({ points }) => points.map(([, height]) => height)))
  return {
    from,
    to,
    ridges: outlines.map(({ epoch, points }) => ({
      epoch,
      points: points.map(([place, height]) => [place, height / tallest] as const),
    })),
  }
}
