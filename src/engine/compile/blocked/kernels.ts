/** Kernels in the order the runtime wants, and from there back. */
import { sizeOf, type Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import type { Pair } from './image.ts'

/** A kernel [features, channels, ...places] as [rows, columns, channels, features]. */
export function asTaps(g: Builder, kernel: Value): Value {
  const places = kernel.shape.slice(2).map((_, axis) => axis + 2)
  const moved = g.Transpose(kernel, [...places, 1, 0])
  return moved.shape.length === 3 ? g.Unsqueeze(moved, [0]) : moved
}

/** And back. */
export function fromTaps(g: Builder, taps: Value, kernel: Value): Value {
  const narrow = kernel.shape.length === 3 ? g.Squeeze(taps, [0]) : taps
  const last = kernel.shape.length - 1
  return g.Transpose(narrow, [last, last - 1, ...kernel.shape.slice(2).map((_, axis) => axis)])
}

/** A kernel of one filter a channel as [channels, taps]. */
export const eachTaps = (g: Builder, kernel: Value): Value =>
  g.Reshape(kernel, [sizeOf(kernel.shape.slice(0, 1)), sizeOf(kernel.shape.slice(2))])

/** Taps of a kernel, [taps, channels, features], as the runtime wants them. */
export function blockTaps(
  g: Builder,
  taps: Value,
  size: Pair,
  channels: number,
  features: number,
  block: number,
): Value {
  const split = g.Reshape(taps, [size[0] * size[1], channels / block, block, features / block, block])
  return g.Reshape(g.Transpose(split, [3, 1, 0, 2, 4]), [features, channels, ...size])
}

/** The same for a kernel of the way back, where features come in and channels out. */
export function blockTapsBack(
  g: Builder,
  taps: Value,
  size: Pair,
  channels: number,
  features: number,
  block: number,
): Value {
  const split = g.Reshape(taps, [size[0] * size[1], channels / block, block, features / block, block])
  return g.Reshape(g.Transpose(split, [1, 3, 0, 4, 2]), [channels, features, ...size])
}

/** Taps of one filter a channel, [channels, taps], as the runtime wants them. */
export function blockEach(g: Builder, taps: Value, size: Pair, channels: number, block: number): Value {
  const split = g.Reshape(taps, [channels / block, block, size[0] * size[1]])
  return g.Reshape(g.Transpose(split, [0, 2, 1]), [channels, 1, ...size])
}

/** Some taps in this order. */
export function pick(g: Builder, taps: Value, order: readonly number[], axis: number): Value {
  const all = order.length === taps.shape[axis] && order.every((tap, index) => tap === index)
  return all ? taps : g.Gather(taps, g.ints(order), axis)
}
