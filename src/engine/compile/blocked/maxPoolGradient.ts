/** The gradient of a MaxPool over blocked images. */
import { sizeOf, type Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import { cropped, padded } from './edges.ts'
import { shapeOf, type Image, type Pair } from './image.ts'
import { pool, repeat } from './runtimeOps.ts'

/**
 * dX of a MaxPool whose windows of this size lie side by side from the begin on: dY at the first of the places in each window
 * that hold its maximum. Rows and columns behind the last window get nothing.
 */
export function tiledMaxPoolGradient(
  g: Builder,
  block: number,
  size: Pair,
  x: Image,
  y: Image,
  values: { readonly x: Value; readonly y: Value; readonly dy: Value },
): Value {
  const covered: Image = { ...x, rows: y.rows * size[0], columns: y.columns * size[1] }
  const inWindows = cropped(g, values.x, x, [0, 0], [covered.rows, covered.columns], block)
  const lines = ((x.images * x.channels) / block) * y.rows
  const width = covered.columns * block
  // The rows of a window lie on an axis of their own: what is the same for all of them is repeated over columns only.
  const apart = (value: Value): Value => g.Reshape(value, [lines, size[0], width])
  const forRows = (value: Value): Value => g.Reshape(repeat(g, value, y, [1, size[1]]), [lines, 1, width])
  const hit = g.Cast(g.Equal(apart(inWindows), forRows(values.y)), 'float32')
  const rank = g.Mul(hit, ranks(g, size, y.columns, block))
  const window = { kernel: size, strides: size, dilations: [1, 1], pads: [0, 0, 0, 0] } as const
  const highest = pool(g, 'MaxPool', g.Reshape(rank, shapeOf(covered)), window, shapeOf(y))
  const first = g.Cast(g.Equal(rank, forRows(highest)), 'float32')
  const spread = g.Reshape(g.Mul(first, forRows(values.dy)), shapeOf(covered))
  return padded(g, spread, covered, [0, 0, x.rows - covered.rows, x.columns - covered.columns])
}

/** Numbers that fall from the size of the window to 1 within each, [rows of a window, columns · block]. */
function ranks(g: Builder, size: Pair, windows: number, block: number): Value {
  const count = sizeOf(size)
  const numbers = Array.from({ length: size[0] }, (_, row) =>
    Array.from({ length: windows * size[1] * block }, (_each, at) => {
      const column = Math.floor(at / block) % size[1]
      return count - row * size[1] - column
    }),
  ).flat()
  return g.initializer('ranks', tensorOf('float32', [size[0], windows * size[1] * block], numbers))
}
