/** Gradients of a convolution by its input. */
import type { Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { cropped, within } from './edges.ts'
import { reachOf, shapeOf, type Image, type Pads, type Pair } from './image.ts'
import { blockEach, blockTapsBack, pick } from './kernels.ts'
import { convolve, type BlockedConvolution } from './runtimeOps.ts'
import type { Setup } from './setup.ts'

/** The kernel of the way back made of some taps, in this order. */
type KernelOf = (taps: readonly number[], size: Pair) => Value

/** For dX of an ordinary convolution; kernel [rows, columns, channels, features]. */
export function kernelBack({ g, block, window, x, y }: Setup, kernel: Value): KernelOf {
  const taps = g.Reshape(kernel, [window.kernel[0] * window.kernel[1], x.channels, y.channels])
  return (order, size) => blockTapsBack(g, pick(g, taps, order, 0), size, x.channels, y.channels, block)
}

/** For dX of a convolution of each channel by itself; kernel [channels, taps]. */
export function kernelBackEach({ g, block, x }: Setup, kernel: Value): KernelOf {
  return (order, size) => blockEach(g, pick(g, kernel, order, 1), size, x.channels, block)
}

/** dX of a convolution that is not strided, from blocked dY. */
export function inputGradient(setup: Setup, dy: Value, kernelOf: KernelOf, group: number): BlockedConvolution {
  const { g, block, window, x, y } = setup
  const { kernel, dilations, pads } = window
  const reach = reachOf(window)
  const order = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => kernel[0] * kernel[1] - 1 - tap)
  const [top, left] = [reach[0] - 1 - pads[0], reach[1] - 1 - pads[1]]
  const bottom = x.rows - (y.rows + top - (reach[0] - 1))
  const right = x.columns - (y.columns + left - (reach[1] - 1))
  const seen = within(g, dy, y, [top, left, bottom, right], block)
  return {
    x: seen.value,
    kernel: kernelOf(order, kernel),
    size: kernel,
    dilations,
    pads: seen.pads,
    group,
    shape: shapeOf(x),
  }
}

/** Per axis, the taps that reach the places of one phase of the stride: how far off dY lies, and which tap it is. */
function tapsOf(phase: number, pad: number, stride: number, taps: number, dilation: number) {
  return Array.from({ length: taps }, (_, tap) => ({ tap, offset: (phase + pad - tap * dilation) / stride }))
    .filter(({ offset }) => Number.isInteger(offset))
    .toSorted((one, other) => one.offset - other.offset)
}

/**
 * dX of a strided convolution, from blocked dY: the places of X that lie the same way to the stride see the same taps, so each
 * such phase is a small convolution of dY, and they are put together row by row and column by column.
 */
export function stridedInputGradient(setup: Setup, dy: Value, kernelOf: KernelOf, group: number): Value {
  const { g, block, window, x, y } = setup
  const { kernel, strides, dilations, pads } = window
  const [high, wide] = [Math.ceil(x.rows / strides[0]), Math.ceil(x.columns / strides[1])]
  const maps = (x.images * x.channels) / block
  const lines = Array.from({ length: strides[0] }, (_, up) => {
    const down = tapsOf(up, pads[0], strides[0], kernel[0], dilations[0])
    const phases = Array.from({ length: strides[1] }, (_each, side) => {
      const across = tapsOf(side, pads[1], strides[1], kernel[1], dilations[1])
      const [top, left] = [down[0], across[0]]
      const [bottom, right] = [down.at(-1), across.at(-1)]
      const zeros = (): Value => g.zeros([maps, high, wide, 1, block], dy.dtype)
      if (!top || !left || !bottom || !right) return zeros()
      // Where windows lie apart, a phase can miss all of dY.
      const missed = (first: number, last: number, places: number, length: number) =>
        first >= places || last + length <= 0
      if (missed(top.offset, bottom.offset, y.rows, high) || missed(left.offset, right.offset, y.columns, wide))
        return zeros()
      const order = down.flatMap(({ tap }) => across.map((other) => tap * kernel[1] + other.tap))
      const size: Pair = [down.length, across.length]
      const step: Pair = [stepOf(down), stepOf(across)]
      const reach: Pads = [-top.offset, -left.offset, high - y.rows + bottom.offset, wide - y.columns + right.offset]
      const seen = within(g, dy, y, reach, block)
      const part = convolve(g, {
        x: seen.value,
        kernel: kernelOf(order, size),
        size,
        dilations: step,
        pads: seen.pads,
        group,
        shape: [x.images, x.channels, high, wide],
      })
      return g.Reshape(part, [maps, high, wide, 1, block])
    })
    return g.Reshape(joined(g, phases, 3), [maps, high, 1, wide * strides[1] * block])
  })
  const all: Image = { ...x, rows: high * strides[0], columns: wide * strides[1] }
  return cropped(g, g.Reshape(joined(g, lines, 2), shapeOf(all)), all, [0, 0], [x.rows, x.columns], block)
}

/** How far the offsets of neighbouring taps lie apart. */
const stepOf = (taps: readonly { readonly offset: number }[]): number =>
  (taps[1]?.offset ?? 1) - (taps[1] ? (taps[0]?.offset ?? 0) : 0)

const joined = (g: Builder, values: readonly Value[], axis: number): Value => {
  const [first] = values
  return first && values.length === 1 ? first : g.Concat(values, axis)
}
