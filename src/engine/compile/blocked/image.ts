/** Images as the blocked layout sees them: rows and columns of channels that come in blocks. */
import type { Shape } from '../../graph/graph.ts'
import type { Window } from '../../ops/window.ts'

/** Sizes of a blocked value: images, channels, rows, columns. Sequences are images of one row. */
export interface Image {
  readonly images: number
  readonly channels: number
  readonly rows: number
  readonly columns: number
}

/** A size per row and column axis. */
export type Pair = readonly [number, number]

/** Begins of rows and columns, then their ends. */
export type Pads = readonly [number, number, number, number]

/** The image of a channels-first shape of known sizes; null for any other. */
export function imageOf(shape: Shape): Image | null {
  const sizes = shape.filter((dim) => typeof dim === 'number')
  if (sizes.length !== shape.length || (sizes.length !== 3 && sizes.length !== 4)) return null
  const [images = 0, channels = 0, ...places] = sizes
  const [rows = 1, columns = 1] = places.length === 1 ? [1, ...places] : places
  return { images, channels, rows, columns }
}

/** The shape that blocked values of these sizes are declared with. */
export const shapeOf = ({ images, channels, rows, columns }: Image): readonly number[] => [
  images,
  channels,
  rows,
  columns,
]

export interface ImageWindow {
  readonly kernel: Pair
  readonly strides: Pair
  readonly dilations: Pair
  readonly pads: Pads
}

/** A window over images, or over sequences as images of one row. */
export function imageWindowOf({ kernel, strides, dilations, begins, ends }: Window): ImageWindow {
  const pair = (sizes: readonly number[], row: number): Pair =>
    sizes.length === 1 ? [row, sizes[0] ?? row] : [sizes[0] ?? row, sizes[1] ?? row]
  const [begin, end] = [pair(begins, 0), pair(ends, 0)]
  return {
    kernel: pair(kernel, 1),
    strides: pair(strides, 1),
    dilations: pair(dilations, 1),
    pads: [begin[0], begin[1], end[0], end[1]],
  }
}

/** How far a window reaches over rows and columns. */
export const reachOf = ({ kernel, dilations }: ImageWindow): Pair => [
  (kernel[0] - 1) * dilations[0] + 1,
  (kernel[1] - 1) * dilations[1] + 1,
]
