/** Which rows are trained on and which are kept apart to validate on. */
import { permutation } from '#engine/random.ts'

export interface Split {
  /** Row numbers of the table, ascending. */
  readonly train: Uint32Array
  readonly validation: Uint32Array
}

/** Shares `total` out in proportion to `sizes`, whole numbers, largest remainders first; no share above its size. */
function apportion(total: number, sizes: readonly number[]): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const exact = sizes.map((size) => (size * total) / all)
  const shares = exact.map(Math.floor)
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index)
  let left = total - shares.reduce((sum, share) => sum + share, 0)
  for (const { index } of byRemainder) {
    if (left === 0) break
    shares[index] = (shares[index] ?? 0) + 1
    left--
  }
  return shares
}

/**
 * Splits rows at random, a pure function of its arguments. `fraction` of the rows (rounded; at least one, and never
 * all) validate. With `classes`, the class index of each row, both parts keep the classes' proportions.
 */
export function splitRows(rows: number, fraction: number, seed: number, classes: Int32Array | null): Split {
  const wanted = fraction === 0 || rows < 2 ? 0 : Math.min(rows - 1, Math.max(1, Math.round(rows * fraction)))
  const groups = new Map<number, number[]>()
  for (const row of permutation(rows, seed, 'split')) {
    const key = classes?.[row] ?? 0
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  const keys = [...groups.keys()].sort((a, b) => a - b)
  const members = keys.map((key) => groups.get(key) ?? [])
  const shares = apportion(
    wanted,
    members.map((group) => group.length),
  )
  const validation = members.flatMap((group, index) => group.slice(0, shares[index]))
  const train = members.flatMap((group, index) => group.slice(shares[index]))
  return { train: Uint32Array.from(train).sort(), validation: Uint32Array.from(validation).sort() }
}
