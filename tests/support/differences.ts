/** Derivatives by central differences, the referee of every gradient. */

/**
 * The gradient of a scalar function of many numbers, with an error of the order step⁴ (five-point formula). The function
 * must be smooth within two steps of the point.
 */
export function differences(of: (at: Float64Array) => number, at: Float64Array, step = 1e-3): Float64Array {
  return at.map((_, index) => {
    const moved = (by: number) => {
      const point = at.slice()
      point[index] = point[index]! + by * step
      return of(point)
    }
    return (moved(-2) - 8 * moved(-1) + 8 * moved(1) - moved(2)) / (12 * step)
  })
}

/** The largest difference between two lists of numbers, relative to the largest number in them (or to 1). */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers against ${expected.length}`)
  let [apart, size] = [0, 1]
  for (let index = 0; index < actual.length; index++) {
    const [a, b] = [actual[index]!, expected[index]!]
    const same = a === b || (Number.isNaN(a) && Number.isNaN(b))
    if (!same && !Number.isFinite(a - b)) return Infinity
    if (!same) apart = Math.max(apart, Math.abs(a - b))
    if (Number.isFinite(b)) size = Math.max(size, Math.abs(b))
  }
  return apart / size
}

/**
 * How far a gradient is from central differences along some directions in which every element moves, as a distance of slopes:
 * it sees whatever `differences` sees of all elements, in as many evaluations as they take for that many of them.
 */
export function distanceAlong(
  of: (at: Float64Array) => number,
  at: Float64Array,
  gradient: ArrayLike<number>,
  { step = 1e-3, directions = 2 } = {},
): number {
  if (gradient.length !== at.length) throw new Error(`a gradient of ${gradient.length} numbers for ${at.length}`)
  return Math.max(
    ...Array.from({ length: directions }, (_, which) => {
      const direction = at.map((_, k) => Math.sin(11 + 7 * k + 10 * which) / Math.sqrt(at.length))
      const slope = direction.reduce((sum, each, k) => sum + each * gradient[k]!, 0)
      const along = (by: Float64Array) => of(at.map((x, k) => x + by[0]! * direction[k]!))
      return distance([slope], differences(along, new Float64Array(1), step))
    }),
  )
}
