import { sizeOf } from '../graph/graph.ts'
import { number } from '../params.ts'
import type { RandomStream } from '../random.ts'

/** A tensor's numbers, drawn one after the other. */
export function filledBy(shape: readonly number[], draw: () => number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, draw)
}

/** A standard normal number, drawn again while it lies beyond ±2. */
export function truncated(random: RandomStream): number {
  for (;;) {
    const value = random.normal()
    if (Math.abs(value) <= 2) return value
  }
}

/** Mean and deviation of normal numbers, under the names Keras gives them. */
export const normalParams = {
  mean: number({ title: 'Mean', doc: 'The middle of the numbers.', default: 0 }),
  stddev: number({ title: 'Deviation', doc: 'The standard deviation, before any cut.', default: 0.05, min: 0 }),
}
