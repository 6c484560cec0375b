/** A kernel as the sums over its taps: what each input can add to each output. */
import type { Tensor } from '../../graph/graph.ts'
import { between, hull, times, unbounded, type Bounds } from './bounds.ts'

export interface Kernel {
  readonly inputs: number
  readonly outputs: number
  /** [inputs, outputs]: the sum of all weights above 0, and of those below. */
  readonly above: Float64Array
  readonly below: Float64Array
}

/** The position of an element along an axis of a tensor. */
export function placeAlong(shape: readonly number[], axis: number): (element: number) => number {
  const step = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const size = shape[axis] ?? 1
  return (element) => Math.floor(element / step) % size
}

/** Sums up a float tensor by these two of its axes. */
export function kernelOf({ shape, data }: Tensor, inputAxis: number, outputAxis: number): Kernel {
  const [inputs, outputs] = [shape[inputAxis] ?? 1, shape[outputAxis] ?? 1]
  const [above, below] = [new Float64Array(inputs * outputs), new Float64Array(inputs * outputs)]
  const [inputOf, outputOf] = [placeAlong(shape, inputAxis), placeAlong(shape, outputAxis)]
  for (let element = 0; element < data.length; element++) {
    const weight = Number(data[element])
    const sums = weight > 0 ? above : below
    const at = inputOf(element) * outputs + outputOf(element)
    sums[at] = (sums[at] ?? 0) + weight
  }
  return { inputs, outputs, above, below }
}

/** Whether any weight from an input to an output is not 0. */
export function isConnected({ above, below, outputs }: Kernel, input: number, output: number): boolean {
  const at = input * outputs + output
  return above[at] !== 0 || below[at] !== 0
}

/**
 * Bounds of each output, from those of the inputs (unknown where null) and what is added at the end. `partial`: at some places
 * of the result only some taps count.
 */
export function outputBounds(
  { inputs, outputs, above, below }: Kernel,
  from: readonly Bounds[] | null,
  bias: readonly Bounds[] | null,
  partial: boolean,
): readonly Bounds[] {
  return Array.from({ length: outputs }, (_, output) => {
    let { low, high } = bias?.[output] ?? { low: 0, high: 0 }
    for (let input = 0; input < inputs; input++) {
      const [up = 0, down = 0] = [above[input * outputs + output], below[input * outputs + output]]
      if (up === 0 && down === 0) continue
      const whole = from?.[input] ?? unbounded
      const x = partial ? hull(whole, { low: 0, high: 0 }) : whole
      low += times(up, x.low) + times(down, x.high)
      high += times(up, x.high) + times(down, x.low)
    }
    return between(low, high)
  })
}
