import { describe, expect, test } from 'vitest'
import { spectralNorm } from '#main/trainer/report/spectralNorm.ts'
import { randoms } from '../support/reals.ts'

/** The largest root of λ² - (a + d) λ + (ad - b²): the eigenvalue of WᵀW for two columns, by hand. */
function ofTwoColumns(data: ArrayLike<number>): number {
  let [a, b, d] = [0, 0, 0]
  for (let at = 0; at < data.length; at += 2) {
    const [x, y] = [data[at]!, data[at + 1]!]
    a += x * x
    b += x * y
    d += y * y
  }
  return Math.sqrt((a + d + Math.hypot(a - d, 2 * b)) / 2)
}

describe('the spectral norm', () => {
  test('of two columns is the root that the formula gives', () => {
    for (const rows of [1, 2, 5, 40]) {
      const data = Float32Array.from(randoms(`rows ${rows}`, 2 * rows))
      expect(spectralNorm(data, 2)).toBeCloseTo(ofTwoColumns(data), 9)
    }
  })

  test('of a diagonal is its largest number, whatever the sign', () => {
    expect(spectralNorm(Float32Array.from([0.5, 0, 0, 0, -3, 0, 0, 0, 2]), 3)).toBeCloseTo(3, 9)
  })

  test('of one row or one column is its length', () => {
    expect(spectralNorm(Float32Array.from([3, 0, 4]), 3)).toBeCloseTo(5, 12)
    expect(spectralNorm(Float32Array.from([3, 0, 4]), 1)).toBeCloseTo(5, 12)
  })

  test('is not led astray by two singular values that are nearly the same', () => {
    const [s, c] = [Math.sin(0.7), Math.cos(0.7)]
    // Rotations to both sides of diag(1, 0.999).
    const data = Float32Array.from([
      c * c + 0.999 * s * s,
      (0.999 - 1) * s * c,
      (0.999 - 1) * s * c,
      s * s + 0.999 * c * c,
    ])
    expect(spectralNorm(data, 2)).toBeCloseTo(ofTwoColumns(data), 9)
  })

  test('of a matrix larger than its steps is that of numpy.linalg.norm(…, 2)', () => {
    // sin(1 + i²) for i below 120 · 90, as 120 rows.
    const data = Float32Array.from({ length: 120 * 90 }, (_, at) => Math.sin(1 + at * at))
    expect(spectralNorm(data, 90)).toBeCloseTo(13.22139789589555, 6)
  })

  test('of nothing but zeros is 0, and of what is not finite is not finite', () => {
    expect(spectralNorm(new Float32Array(6), 3)).toBe(0)
    expect(Number.isFinite(spectralNorm(Float32Array.from([1, Number.NaN]), 2))).toBe(false)
  })
})
