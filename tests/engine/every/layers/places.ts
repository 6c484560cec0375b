/** Reference formulas for layers that move over places: channels last, one number after another. */
import { forEachPosition, strides as stepsOf } from '../../../support/float64/array.ts'
import type { Numbers } from '../../../support/evaluate64.ts'
import type { Given } from './case.ts'

/** The element at a position; 0 outside. */
export function at({ shape, data }: Numbers, position: readonly number[]): number {
  if (position.some((each, axis) => each < 0 || each >= shape[axis]!)) return 0
  return data[stepsOf(shape).reduce((index, step, axis) => index + step * position[axis]!, 0)]!
}

/** Numbers of this shape, each from its position. */
export function fill(shape: readonly number[], of: (position: readonly number[]) => number): Float64Array {
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1))
  forEachPosition(shape, (position, index) => (data[index] = of(position)))
  return data
}

/** All positions of a shape. */
export function positions(shape: readonly number[]): number[][] {
  const all: number[][] = []
  forEachPosition(shape, (position) => all.push([...position]))
  return all
}

export const list = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : [])

export interface Windowed {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padding: string
}

/** How many places a window has along each axis, as Keras documents it. */
export function placesOf(sizes: readonly number[], { kernel, strides, dilations, padding }: Windowed): number[] {
  return sizes.map((size, axis) => {
    const extent = (kernel[axis]! - 1) * dilations[axis]! + 1
    return padding === 'valid' ? Math.floor((size - extent) / strides[axis]!) + 1 : Math.ceil(size / strides[axis]!)
  })
}

/** How many zeros come before each axis: TensorFlow splits what `same` needs, the larger half goes to the end. */
function zerosBefore(sizes: readonly number[], window: Windowed): number[] {
  const places = placesOf(sizes, window)
  return sizes.map((size, axis) => {
    const extent = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1
    if (window.padding === 'causal') return extent - 1
    const needed = (places[axis]! - 1) * window.strides[axis]! + extent - size
    return window.padding === 'same' ? Math.floor(Math.max(0, needed) / 2) : 0
  })
}

/** The positions in the input under a window, with the offset in the window; those outside have no number. */
export function under(
  sizes: readonly number[],
  window: Windowed,
  place: readonly number[],
): { readonly position: number[]; readonly offset: number[] }[] {
  const before = zerosBefore(sizes, window)
  return positions(window.kernel).map((offset) => ({
    offset,
    position: place.map(
      (each, axis) => each * window.strides[axis]! + offset[axis]! * window.dilations[axis]! - before[axis]!,
    ),
  }))
}

/** The window of a convolution's settings. */
export function windowOf(params: Given['params']): Windowed {
  return {
    kernel: list(params['kernelSize']),
    strides: list(params['strides']),
    dilations: list(params['dilationRate']),
    padding: String(params['padding']),
  }
}
