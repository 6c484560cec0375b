/** Images read at any places, between their pixels too. */
import { GraphError, formatShape, sizeOf, type Node, type Value } from '../graph/graph.ts'
import { intAttribute, textAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { inputOf, sizesFor, type Op } from './op.ts'

const modeOf = ({ attributes }: Pick<Node, 'attributes'>): string => textAttribute(attributes, 'mode', 'linear')

/** The first number of each place of a grid, or the second, as elements of an image of this size: [batch, 1, places]. */
function coordinates(g: Builder, grid: Value, which: 0 | 1, size: number): Value {
  const number = (value: number): Value => g.scalar(value, grid.dtype)
  const own = g.Reshape(g.Slice(grid, [which], [which + 1], [3]), [0, 1, -1])
  return g.Add(g.Mul(own, number(size / 2)), number((size - 1) / 2))
}

/** One of the pixels a place is read from, and what of the distance to it the place has, along each axis. */
interface Corner {
  readonly column: Value
  readonly row: Value
  readonly share: readonly [Value, Value]
  /** How the shares grow as the place moves to the right and down. */
  readonly slope: readonly [number, number]
}

function cornersOf(g: Builder, node: Node, column: Value, row: Value): readonly Corner[] {
  const one = g.scalar(1, column.dtype)
  if (modeOf(node) === 'nearest')
    return [{ column: g.Round(column), row: g.Round(row), share: [one, one], slope: [0, 0] }]
  const [left, top] = [g.Floor(column), g.Floor(row)]
  const [right, below] = [g.Sub(column, left), g.Sub(row, top)]
  return [0, 1].flatMap((down) =>
    [0, 1].map((across): Corner => ({
      column: across === 0 ? left : g.Add(left, one),
      row: down === 0 ? top : g.Add(top, one),
      share: [across === 0 ? g.Sub(one, right) : right, down === 0 ? g.Sub(one, below) : below],
      slope: [2 * across - 1, 2 * down - 1],
    })),
  )
}

export const sampling: Record<string, Op> = {
  GridSample: {
    infer: (context) => {
      const [x, grid] = [inputOf(context, 0), inputOf(context, 1)]
      const [batch = 0, channels = 0] = x.shape
      const [places = 0, ...sizes] = grid.shape
      if (x.shape.length !== 4 || grid.shape.length !== 4 || batch !== places || sizes.at(-1) !== 2)
        throw new GraphError(
          `GridSample cannot read channels-first ${formatShape(x.shape)} at the places ${formatShape(grid.shape)}`,
        )
      if (!['linear', 'nearest'].includes(modeOf(context)))
        throw new GraphError(`GridSample does not interpolate ${modeOf(context)}`)
      const padding = textAttribute(context.attributes, 'padding_mode', 'zeros')
      if (padding !== 'zeros' || intAttribute(context.attributes, 'align_corners', 0) !== 0)
        throw new GraphError('GridSample has zeros outside of images and its corners at the edges of pixels only')
      return [{ dtype: x.dtype, shape: [batch, channels, ...sizes.slice(0, 2)] }]
    },
    // y[p] = Σ over corners k of share_k(p) x[k], x = 0 outside:  dx[k] = Σ share_k(p) dy[p],
    // dgrid[p] = size / 2 Σ over channels of dy[p] Σ over corners k of x[k] ∂share_k / ∂place
    gradient: ({ g, node, dy, input }) => {
      const [x, grid] = [input(0), input(1)]
      const number = (value: number): Value => g.scalar(value, x.dtype)
      const [rows, columns] = x.shape.slice(2).map((dim) => sizeOf([dim]))
      if (rows === undefined || columns === undefined) throw new GraphError('GridSample reads images')
      const flat = (value: Value): Value => g.Reshape(value, [0, 0, -1])
      const [pixels, slope] = [flat(x), flat(dy)]
      const place = [coordinates(g, grid, 0, columns), coordinates(g, grid, 1, rows)] as const
      let dx = g.zerosLike(pixels)
      let across = g.zerosLike(place[0])
      let down = across
      for (const corner of cornersOf(g, node, ...place)) {
        const [column, row] = [
          g.Clip(corner.column, number(0), number(columns - 1)),
          g.Clip(corner.row, number(0), number(rows - 1)),
        ]
        const inside = g.Cast(g.And(g.Equal(column, corner.column), g.Equal(row, corner.row)), x.dtype)
        const at = g.Expand(g.Cast(g.Add(g.Mul(row, number(columns)), column), 'int64'), slope)
        const [horizontal, vertical] = corner.share.map((share) => g.Mul(share, inside))
        if (!horizontal || !vertical) continue
        dx = g.ScatterElements(dx, at, g.Mul(slope, g.Mul(horizontal, corner.share[1])), 2, 'add')
        const read = g.ReduceSum(g.Mul(slope, g.GatherElements(pixels, at, 2)), [1], true)
        across = g.Add(across, g.Mul(read, g.Mul(vertical, number((corner.slope[0] * columns) / 2))))
        down = g.Add(down, g.Mul(read, g.Mul(horizontal, number((corner.slope[1] * rows) / 2))))
      }
      const dgrid = g.Concat([across, down], 1)
      return [g.Reshape(dx, sizesFor(x.shape)), g.ReshapeLike(g.Transpose(dgrid, [0, 2, 1]), grid)]
    },
  },
}
