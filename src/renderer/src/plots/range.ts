/** The stretch of epochs that charts show. */

export interface Range {
  readonly from: number
  readonly to: number
}

/** The shortest stretch, in epochs. */
const shortest = 0.02

/** A range kept within the whole, as long as it was where it fits; null when it is all of it. */
function within({ from, to }: Range, whole: Range): Range | null {
  const length = Math.max(to - from, shortest)
  if (length >= whole.to - whole.from) return null
  const start = Math.min(Math.max(from, whole.from), whole.to - length)
  return { from: start, to: start + length }
}

/** A range so many times as long, what is at `at` staying in its place; null when that is the whole. */
export function scaled(range: Range, whole: Range, factor: number, at: number): Range | null {
  return within({ from: at - (at - range.from) * factor, to: at + (range.to - at) * factor }, whole)
}

/** A range moved by so many epochs, no further than the whole reaches. */
export function moved(range: Range, whole: Range, by: number): Range | null {
  return within({ from: range.from + by, to: range.to + by }, whole)
}

/** The range between two places, whichever comes first. */
export function between(one: number, other: number, whole: Range): Range | null {
  return within({ from: Math.min(one, other), to: Math.max(one, other) }, whole)
}
