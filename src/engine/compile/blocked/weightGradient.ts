/** Gradients of a convolution by its kernel. */
import type { Value } from '../../graph/graph.ts'
import { cropped, padded } from './edges.ts'
import { reachOf, type Pads, type Pair } from './image.ts'
import { convolve } from './runtimeOps.ts'
import type { Setup } from './setup.ts'

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
        g.Reshape(x.rows === ends[0] && x.columns === ends[1] ? value : g.Slice(value, [0, 0], ends, [1, 2]), [
          x.images,
          rows,
          ends[1] * each,
        ]),
        [0, 0, left * each, 0, 0, right * each],
      )
    : padded(g, cropped(g, value, x, [0, 0], ends, block), { ...x, rows, columns: ends[1] }, [0, left, 0, right])
  const split = g.Reshape(lines, [x.images, blocks, rows, width * each])
  const seen = blocks > 1 ? g.Transpose(split, [1, 0, 2, 3]) : g.Reshape(split, [1, x.images, rows, width * each])
  // The runtime takes fewer channels than a block, or whole blocks: here they are images.
  const images = x.images < block ? x.images : Math.ceil(x.images / block) * block
  const missing = images - x.images
  const all = missing > 0 ? g.Concat([seen, g.zeros([blocks, missing, rows, width * each], seen.dtype)], 1) : seen
  const slopes = missing > 0 ? g.Concat([dy, g.zeros([missing, y.channels, y.rows, y.columns], dy.dtype)], 0) : dy
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
