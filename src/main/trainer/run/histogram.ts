/** How the elements of a weight are spread. */

/** Intervals from the least to the greatest element. */
const intervals = 32

/** Elements looked at, at most: evenly many of the whole. */
const mostCounted = 65_536

export interface Histogram {
  readonly counts: number[]
  readonly min: number
  readonly max: number
}

/** How many elements are looked at of so many. */
export const countedOf = (size: number): number => Math.ceil(size / Math.ceil(Math.max(size, 1) / mostCounted))

/**
 * Counts the elements of evenly spaced places in each of 32 equal intervals; the last is closed. All of one value lie in the
 * first; null where an element is not finite.
 */
export function histogramOf(data: Float32Array): Histogram | null {
  const stride = Math.ceil(Math.max(data.length, 1) / mostCounted)
  let [min, max] = [Infinity, -Infinity]
  for (let at = 0; at < data.length; at += stride) {
    const value = data[at] ?? 0
    if (!Number.isFinite(value)) return null
    if (value < min) min = value
    if (value > max) max = value
  }
  const counts = new Array<number>(intervals).fill(0)
  if (data.length === 0) return { counts, min: 0, max: 0 }
  const scale = max > min ? intervals / (max - min) : 0
  for (let at = 0; at < data.length; at += stride) {
    const place = Math.min(intervals - 1, Math.floor(((data[at] ?? 0) - min) * scale))
    counts[place] = (counts[place] ?? 0) + 1
  }
  return { counts, min, max }
}
