/** Convolutions over images. Kernels are [rows, columns, channels, features], as Keras has them, or [channels, taps]. */
import type { Value } from '../../graph/graph.ts'
import { shapeOf, type Pair } from './image.ts'
import { blockEach, blockTaps } from './kernels.ts'
import type { BlockedConvolution } from './runtimeOps.ts'
import type { Setup } from './setup.ts'

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
