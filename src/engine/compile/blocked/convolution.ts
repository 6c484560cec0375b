/** Convolutions over blocked images, forward and back. Kernels are [rows, columns, channels, features] here, as Keras has them. */
import type { Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { reachOf, shapeOf, type Image, type ImageWindow, type Pads, type Pair } from './image.ts'
import { convolve, type BlockedConvolution } from './runtimeOps.ts'

/** Taps of a kernel, [taps, channels, features], as the runtime wants them. */
function blockTaps(g: Builder, taps: Value, size: Pair, channels: number, features: number, block: number): Value {
  const split = g.Reshape(taps, [size[0] * size[1], channels / block, block, features / block, block])
  return g.Reshape(g.Transpose(split, [3, 1, 0, 2, 4]), [features, channels, ...size])
}

/** The same for a kernel of the way back, where features come in and channels out. */
function blockTapsBack(g: Builder, taps: Value, size: Pair, channels: number, features: number, block: number): Value {
  const split = g.Reshape(taps, [size[0] * size[1], channels / block, block, features / block, block])
  return g.Reshape(g.Transpose(split, [1, 3, 0, 4, 2]), [channels, features, ...size])
}

/** Taps of one filter a channel, [channels, taps], as the runtime wants them. */
function blockEach(g: Builder, taps: Value, size: Pair, channels: number, block: number): Value {
  const split = g.Reshape(taps, [channels / block, block, size[0] * size[1]])
  return g.Reshape(g.Transpose(split, [0, 2, 1]), [channels, 1, ...size])
}

export interface Setup {
  readonly g: Builder
  readonly block: number
  readonly window: ImageWindow
  /** Sizes of X and of Y. */
  readonly x: Image
  readonly y: Image
}

/** Y of a convolution of blocked X. */
export function forward({ g, block, window, x, y }: Setup, value: Value, kernel: Value): BlockedConvolution {
  const { kernel: size, strides, dilations, pads } = window
  return {
    x: value,
    kernel: blockTaps(g, kernel, size, x.channels, y.channels, block),
    size,
    strides,
    dilations,
    pads,
    shape: shapeOf(y),
  }
}

/**
 * Y of a convolution of X [images, rows, columns, channels] with fewer channels than a block has: they are columns of a single
 * channel, over which the window moves that many at a time. It cannot be dilated.
 */
export function forwardFromFew({ g, block, window, x, y }: Setup, value: Value, kernel: Value): BlockedConvolution {
  const { images, rows, columns, channels } = x
  const { kernel: size, strides, pads } = window
  const wide: Pair = [size[0], size[1] * channels]
  const split = g.Reshape(kernel, [wide[0] * wide[1], y.channels / block, block])
  return {
    x: g.Reshape(value, [images, 1, rows, columns * channels]),
    kernel: g.Reshape(g.Transpose(split, [1, 0, 2]), [y.channels, 1, ...wide]),
    size: wide,
    strides: [strides[0], strides[1] * channels],
    pads: [pads[0], pads[1] * channels, pads[2], pads[3] * channels],
    shape: shapeOf(y),
  }
}

/** Y of a convolution of each channel of blocked X by itself; kernel [channels, taps]. */
export function forwardEach({ g, block, window, x, y }: Setup, value: Value, kernel: Value): BlockedConvolution {
  const { kernel: size, strides, dilations, pads } = window
  return {
    x: value,
    kernel: blockEach(g, kernel, size, x.channels, block),
    size,
    strides,
    dilations,
    pads,
    group: x.channels,
    shape: shapeOf(y),
  }
}

/** A blocked value within zeros. */
export function padded(g: Builder, value: Value, image: Image, pads: Pads): Value {
  if (pads.every((pad) => pad === 0)) return value
  const { images, channels, rows, columns } = image
  return convolve(g, {
    x: value,
    kernel: g.ones([channels, 1, 1, 1], value.dtype),
    size: [1, 1],
    pads,
    group: channels,
    shape: [images, channels, rows + pads[0] + pads[2], columns + pads[1] + pads[3]],
  })
}

/** Rows and columns of a blocked value, from `begin` to before `end`. */
export function cropped(g: Builder, value: Value, image: Image, begin: Pair, end: Pair, block: number): Value {
  const { images, channels, rows, columns } = image
  if (begin[0] === 0 && begin[1] === 0 && end[0] === rows && end[1] === columns) return value
  const stored = g.Reshape(value, [(images * channels) / block, rows, columns, block])
  const part = g.Slice(stored, begin, end, [1, 2])
  return g.Reshape(part, [images, channels, end[0] - begin[0], end[1] - begin[1]])
}

/** How many rows and columns the window sees, from the first pad on. */
const seenBy = ({ window, y }: Pick<Setup, 'window' | 'y'>): Pair => {
  const reach = reachOf(window)
  return [window.strides[0] * (y.rows - 1) + reach[0], window.strides[1] * (y.columns - 1) + reach[1]]
}

/** Of X, the rows and columns that some place of the window sees, and the zeros it sees behind them. */
function limitsOf({ window, x, y }: Pick<Setup, 'window' | 'x' | 'y'>): { readonly ends: Pair; readonly pads: Pads } {
  const seen = seenBy({ window, y })
  const [top, left] = window.pads
  const ends: Pair = [Math.min(x.rows, seen[0] - top), Math.min(x.columns, seen[1] - left)]
  return { ends, pads: [top, left, seen[0] - top - ends[0], seen[1] - left - ends[1]] }
}

/** How many images one group of the weight gradient holds, the others being groups of their own. */
function imagesInGroup(images: number, { window, x, y }: Setup, block: number): number {
  const taps = window.kernel[0] * window.kernel[1]
  // Few results beside many places: dY as it lies then saves more than the longer sum over groups costs.
  if (2 * taps * x.channels <= y.rows * y.columns && y.channels > block) return 1
  for (let size = Math.min(block - 1, images); size > 1; size--) if (images % size === 0) return size
  return 1
}

/**
 * dW [rows, columns, channels, features]: dY moves as a kernel over X. The images are channels and groups of that convolution,
 * the channels of X lie within its columns. `few`: X [images, rows, columns, channels] has fewer channels than a block has.
 */
export function weightGradient(setup: Setup, value: Value, dy: Value, few: boolean): Value {
  const { g, block, window, x, y } = setup
  const { channels } = x
  const { strides, dilations, kernel } = window
  const [each, blocks] = few ? [channels, 1] : [block, channels / block]
  const { ends, pads } = limitsOf(setup)
  const [top, left, bottom, right] = pads
  const [rows, width] = [ends[0], left + ends[1] + right]
  const lines = few
    ? g.Pad(
        g.Reshape(
          x.rows === ends[0] && x.columns === ends[1] ? value : g.Slice(value, [0, 0], ends, [1, 2]),
          [x.images, rows, ends[1] * each],
        ),
        [0, 0, left * each, 0, 0, right * each],
      )
    : padded(g, cropped(g, value, x, [0, 0], ends, block), { ...x, rows, columns: ends[1] }, [0, left, 0, right])
  const split = g.Reshape(lines, [x.images, blocks, rows, width * each])
  const seen = blocks > 1 ? g.Transpose(split, [1, 0, 2, 3]) : g.Reshape(split, [1, x.images, rows, width * each])
  // The runtime takes fewer channels than a block, or whole blocks: here they are images.
  const images = x.images < block ? x.images : Math.ceil(x.images / block) * block
  const missing = images - x.images
  const all =
    missing > 0 ? g.Concat([seen, g.zeros([blocks, missing, rows, width * each], seen.dtype)], 1) : seen
  const slopes =
    missing > 0 ? g.Concat([dy, g.zeros([missing, y.channels, y.rows, y.columns], dy.dtype)], 0) : dy
  const size = imagesInGroup(images, setup, block)
  const groups = images / size
  const parts = g.Reshape(slopes, [groups, size, y.channels / block, y.rows * y.columns * block])
  const moved = y.channels > block && size > 1 ? g.Transpose(parts, [0, 2, 1, 3]) : parts
  const reach = reachOf(window)
  const product = convolve(g, {
    x: all,
    kernel: g.Reshape(moved, [groups * y.channels, size, y.rows, y.columns]),
    size: [y.rows, y.columns],
    dilations: [strides[0], strides[1] * each],
    pads: [top, 0, bottom, 0],
    group: groups,
    shape: [blocks, groups * y.channels, reach[0], reach[1] * each],
  })
  const sum = g.ReduceSum(g.Reshape(product, [blocks, groups, -1]), [1])
  const offsets = g.Reshape(sum, [blocks, y.channels / block, ...reach, each * block])
  // Dilated, the kernel has taps at some of the offsets only.
  const isDilated = dilations[0] > 1 || dilations[1] > 1
  const taps = isDilated ? g.Slice(offsets, [0, 0], reach, [2, 3], dilations) : offsets
  const count = kernel[0] * kernel[1]
  const apart = g.Reshape(taps, [blocks, y.channels / block, count, each, block])
  return g.Reshape(g.Transpose(apart, [2, 0, 3, 1, 4]), [...kernel, channels, y.channels])
}

/** dW [channels, taps] of a convolution of each channel by itself: dY of every image and channel is the kernel of its own. */
export function weightGradientEach(setup: Setup, value: Value, dy: Value): Value {
  const { g, block, window, x, y } = setup
  const { strides, dilations, kernel } = window
  const { ends, pads } = limitsOf(setup)
  const maps = x.images * x.channels
  const seen = cropped(g, value, x, [0, 0], ends, block)
  const product = convolve(g, {
    x: g.Reshape(seen, [1, maps, ...ends]),
    kernel: g.Reshape(dy, [maps, 1, y.rows, y.columns]),
    size: [y.rows, y.columns],
    dilations: strides,
    strides: dilations,
    pads,
    group: maps,
    shape: [1, maps, ...kernel],
  })
  const count = kernel[0] * kernel[1]
  const sum = g.ReduceSum(g.Reshape(product, [x.images, x.channels / block, count, block]), [0])
  return g.Reshape(g.Transpose(sum, [0, 2, 1]), [x.channels, count])
}

/** Per axis, the taps that reach the places of one phase of the stride: how far off dY lies, and which tap it is. */
function tapsOf(phase: number, pad: number, stride: number, taps: number, dilation: number) {
  return Array.from({ length: taps }, (_, tap) => ({ tap, offset: (phase + pad - tap * dilation) / stride }))
    .filter(({ offset }) => Number.isInteger(offset))
    .toSorted((one, other) => one.offset - other.offset)
}

/** The kernel of the way back made of some taps, in this order. */
type KernelOf = (taps: readonly number[], size: Pair) => Value

/** For dX of an ordinary convolution; kernel [rows, columns, channels, features]. */
export function kernelBack({ g, block, window, x, y }: Setup, kernel: Value): KernelOf {
  const taps = g.Reshape(kernel, [window.kernel[0] * window.kernel[1], x.channels, y.channels])
  return (order, size) =>
    blockTapsBack(g, pick(g, taps, order, 0), size, x.channels, y.channels, block)
}

/** For dX of a convolution of each channel by itself; kernel [channels, taps]. */
export function kernelBackEach({ g, block, x }: Setup, kernel: Value): KernelOf {
  return (order, size) => blockEach(g, pick(g, kernel, order, 1), size, x.channels, block)
}

function pick(g: Builder, taps: Value, order: readonly number[], axis: number): Value {
  const all = order.length === taps.shape[axis] && order.every((tap, index) => tap === index)
  return all ? taps : g.Gather(taps, g.ints(order), axis)
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

/** Pads of which those below 0 have been cut off the value instead. */
function within(g: Builder, value: Value, image: Image, pads: Pads, block: number): { value: Value; pads: Pads } {
  const cut = pads.map((pad) => Math.max(0, -pad))
  const [top = 0, left = 0, bottom = 0, right = 0] = cut
  const grown: Pads = [pads[0] + top, pads[1] + left, pads[2] + bottom, pads[3] + right]
  return { value: cropped(g, value, image, [top, left], [image.rows - bottom, image.columns - right], block), pads: grown }
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
      const missed = (first: number, last: number, places: number, length: number) => first >= places || last + length <= 0
      if (missed(top.offset, bottom.offset, y.rows, high) || missed(left.offset, right.offset, y.columns, wide)) return zeros()
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
