/** The largest singular value of a matrix, in double precision. */

/** The product of size and steps that is spent on one matrix, at most. */
const work = 3e8
const fewestSteps = 12
const mostSteps = 64

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, number, at) => sum + number * (b[at] ?? 0), 0)

/** WᵀWv of a row-major matrix. */
function normal(data: Float32Array, v: Float64Array): Float64Array {
  const columns = v.length
  const image = new Float64Array(columns)
  for (let from = 0; from < data.length; from += columns) {
    let sum = 0
    for (let column = 0; column < columns; column++) sum += (data[from + column] ?? 0) * (v[column] ?? 0)
    for (let column = 0; column < columns; column++) {
      image[column] = (image[column] ?? 0) + sum * (data[from + column] ?? 0)
    }
  }
  return image
}

/**
 * ‖W‖₂ of a row-major matrix [data.length / columns, columns], by Lanczos' iteration on WᵀW: in exact arithmetic it is exact
 * after as many steps as there are columns, and long before that in practice, also where singular values are close together.
 * NaN where an element is not finite.
 */
export function spectralNorm(data: Float32Array, columns: number): number {
  const budget = Math.max(fewestSteps, Math.min(mostSteps, Math.floor(work / Math.max(data.length, 1))))
  const diagonal: number[] = []
  const beside: number[] = []
  const basis: Float64Array[] = []
  // No direction is favoured, and none that a kernel may have is orthogonal to it.
  let v: Float64Array = Float64Array.from({ length: columns }, (_, column) => 1 + Math.sin(1 + column * column) / 2)
  let length = Math.sqrt(dot(v, v))
  const steps = Math.min(columns, budget)
  for (let step = 0; step < steps; step++) {
    v = v.map((number) => number / length)
    basis.push(v)
    const next = normal(data, v)
    const along = dot(next, v)
    if (!Number.isFinite(along)) return Number.NaN
    diagonal.push(along)
    // Twice against all, because once leaves what rounding makes of them.
    for (const known of [...basis, ...basis]) {
      const part = dot(next, known)
      for (let at = 0; at < columns; at++) next[at] = (next[at] ?? 0) - part * (known[at] ?? 0)
    }
    length = Math.sqrt(dot(next, next))
    if (length <= 1e-14 * Math.max(...diagonal)) break
    beside.push(length)
    v = next
  }
  return Math.sqrt(largestEigenvalue(diagonal, beside))
}

/** Of a symmetric tridiagonal matrix that is not negative, by bisection: how many eigenvalues are above a number is known by its pivots. */
function largestEigenvalue(diagonal: readonly number[], beside: readonly number[]): number {
  let [low, high] = [0, 0]
  diagonal.forEach((number, at) => {
    const own = at < diagonal.length - 1 ? (beside[at] ?? 0) : 0
    high = Math.max(high, number + own + (at > 0 ? (beside[at - 1] ?? 0) : 0))
  })
  for (let step = 0; step < 100 && low < high; step++) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (reachesAbove(diagonal, beside, middle)) low = middle
    else high = middle
  }
  return high
}

function reachesAbove(diagonal: readonly number[], beside: readonly number[], bound: number): boolean {
  let pivot = 1
  return diagonal.some((number, at) => {
    const before = at > 0 ? (beside[at - 1] ?? 0) : 0
    pivot = number - bound - (before * before) / pivot
    if (pivot === 0) pivot = -Number.MIN_VALUE
    return pivot > 0
  })
}
