/** The symmetric beta distribution, by numbers alone: mixing draws its shares from it. */

/** ln Γ(x) for x > 0, by Lanczos' series (g = 7, nine terms): exact to about 15 digits. */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ]
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const t = x + 6.5
  const sum = terms.reduce((total, term, index) => total + term / (x + index), 0.9999999999998099)
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/**
 * The probability that a Beta(a, a) variable is below x, for x up to ½, by the continued fraction of the incomplete beta function
 * (DLMF 8.17.22, by Lentz' method).
 */
function belowHalf(x: number, a: number): number {
  if (x <= 0) return 0
  const tiny = 1e-300
  const bounded = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let numerator = 1
  let denominator = 1 / bounded(1 - (2 * a * x) / (a + 1))
  let fraction = denominator
  for (let m = 1; m < 300; m++) {
    const even = (m * (a - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    denominator = 1 / bounded(1 + even * denominator)
    numerator = bounded(1 + even / numerator)
    fraction *= denominator * numerator
    const odd = (-(a + m) * (2 * a + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    denominator = 1 / bounded(1 + odd * denominator)
    numerator = bounded(1 + odd / numerator)
    const factor = denominator * numerator
    fraction *= factor
    if (Math.abs(factor - 1) < 1e-15) break
  }
  const front = Math.exp(a * Math.log(x * (1 - x)) + logGamma(2 * a) - 2 * logGamma(a))
  return (front * fraction) / a
}

/** How finely quantiles are tabulated. */
const intervals = 4096
const known = new Map<number, readonly number[]>()

/** The quantiles of Beta(a, a), a > 0, at 0, 1/4096, 2/4096 ... 1; kept for each a. */
export function betaQuantiles(a: number): readonly number[] {
  const before = known.get(a)
  if (before) return before
  const half = Array.from({ length: intervals / 2 }, (_, index) => quantileBelowHalf(index / intervals, a))
  const quantiles = [...half, 0.5, ...half.map((value) => 1 - value).toReversed()]
  known.set(a, quantiles)
  return quantiles
}

/** Where the probability reaches `p` < ½, by halving in the logarithm of x, which may be very small. */
function quantileBelowHalf(p: number, a: number): number {
  if (p === 0) return 0
  let low = -700
  let high = Math.log(0.5)
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if (belowHalf(Math.exp(middle), a) < p) low = middle
    else high = middle
  }
  return Math.exp((low + high) / 2)
}
