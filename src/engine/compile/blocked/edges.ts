/** Rows and columns added around blocked images and taken from them. */
import type { Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import type { Image, Pads, Pair } from './image.ts'
import { convolve } from './runtimeOps.ts'

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

/** Pads of which those below 0 have been cut off the value instead. */
export function within(
  g: Builder,
  value: Value,
  image: Image,
  pads: Pads,
  block: number,
): { value: Value; pads: Pads } {
  const cut = pads.map((pad) => Math.max(0, -pad))
  const [top = 0, left = 0, bottom = 0, right = 0] = cut
  const grown: Pads = [pads[0] + top, pads[1] + left, pads[2] + bottom, pads[3] + right]
  return {
    value: cropped(g, value, image, [top, left], [image.rows - bottom, image.columns - right], block),
    pads: grown,
  }
}
