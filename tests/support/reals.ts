/** Plain float64 arithmetic for the independent formulas of the tests. */
import { createRandom } from '#engine/random.ts'
import type { Numbers } from './float64/array.ts'
import { numbers } from './float64/array.ts'

/** Random numbers between two bounds, always the same ones for the same name. */
export function randoms(name: string, count: number, low = -2, high = 2): Float64Array {
  const random = createRandom(11, name)
  return Float64Array.from({ length: count }, () => low + (high - low) * random.uniform())
}

/** Numbers to feed as a float32 value; the float64 evaluator keeps their full precision. */
export function array(shape: readonly number[], data: ArrayLike<number>): Numbers {
  return numbers('float32', shape, data)
}

export function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let index = 0; index < values.length; index++) total += values[index]!
  return total
}

export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length
}

/** Row-major data cut into rows of equal width. */
export function rowsOf(data: ArrayLike<number>, width: number): number[][] {
  const all = Array.from(data)
  return Array.from({ length: all.length / width }, (_, row) => all.slice(row * width, (row + 1) * width))
}

export function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values)
  return top + Math.log(sum(values.map((value) => Math.exp(value - top))))
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

export function softmax(values: readonly number[]): number[] {
  return values.map((value) => Math.exp(value - logSumExp(values)))
}
