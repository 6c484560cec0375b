import { expect, test } from 'vitest'
import { SlicePlanner } from '#main/trainer/run/slices.ts'

/** The lengths a planner chooses when each step takes `step` seconds and each call `call` more. */
function lengths(step: number, call: number, count = 12, left = 100_000): number[] {
  const planner = new SlicePlanner(call)
  return Array.from({ length: count }, () => {
    const steps = planner.next(left)
    planner.record(steps, call + steps * step)
    return steps
  })
}

test('slices grow to about 75 ms', () => {
  const last = lengths(70e-6, 100e-6).at(-1) ?? 0
  expect(last * 70e-6).toBeGreaterThan(0.05)
  expect(last * 70e-6).toBeLessThan(0.1)
})

test('where a call is costly, slices are long enough to keep it under three percent', () => {
  const last = lengths(0.01, 0.006).at(-1) ?? 0
  expect(0.006 / (last * 0.01)).toBeLessThanOrEqual(0.031)
})

test('no slice is meant to last longer than a second, and none is empty', () => {
  expect((lengths(0.08, 0.1).at(-1) ?? 0) * 0.08).toBeLessThanOrEqual(1.05)
  expect(lengths(3, 0.1).at(-1)).toBe(1)
})

test('a slice never goes beyond the epoch', () => {
  expect(Math.max(...lengths(1e-6, 1e-4, 12, 13))).toBe(13)
})
