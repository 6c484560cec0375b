/** Padding and repetition along axes. */
import { GraphError, formatShape, sizeOf, type Dim, type Value } from '../graph/graph.ts'
import { textAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { constantInts, inputOf, normalizeAxis, sizesFor, type InferContext, type Op } from './op.ts'

const modeOf = (attributes: InferContext['attributes']): string => textAttribute(attributes, 'mode', 'constant')

interface Pads {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** Pads of every axis, from the pads of the given axes, or of all. */
function padsOf(pads: readonly number[], axes: readonly number[] | undefined, rank: number): Pads {
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)]
  const half = pads.length / 2
  for (let index = 0; index < half; index++) {
    const axis = normalizeAxis(axes?.[index] ?? index, rank)
    before[axis] = pads[index] ?? 0
    after[axis] = pads[half + index] ?? 0
  }
  return { before, after }
}

/** The sum of dy and of what the two ends of an axis were copied from: `fold` puts an end's gradient on the axis's own. */
function foldEnds(
  g: Builder,
  dy: Value,
  axis: number,
  [before, after]: readonly [number, number],
  fold: (end: Value, side: 'before' | 'after', size: number) => Value,
): Value {
  const size = sizeOf([dy.shape[axis] ?? 0]) - before - after
  const cut = (from: number, to: number): Value => g.Slice(dy, [from], [to], [axis])
  let sum = cut(before, before + size)
  if (before > 0) sum = g.Add(sum, fold(cut(0, before), 'before', size))
  if (after > 0) sum = g.Add(sum, fold(cut(before + size, before + size + after), 'after', size))
  return sum
}

/** A value with zeros around it along one axis. */
function place(g: Builder, value: Value, axis: number, before: number, after: number): Value {
  const pads = [before, after].flatMap((pad) => value.shape.map((_, at) => (at === axis ? pad : 0)))
  return g.Pad(value, pads)
}

/** dx of a Pad that copies elements of x, axis after axis. */
function foldBack(g: Builder, dy: Value, { before, after }: Pads, mode: string): Value {
  return before.reduce((dx, begin, axis) => {
    const ends = [begin, after[axis] ?? 0] as const
    if (ends[0] === 0 && ends[1] === 0) return dx
    return foldEnds(g, dx, axis, ends, (end, side, size) => {
      const length = sizeOf([end.shape[axis] ?? 0])
      if (mode === 'edge') {
        const sum = g.ReduceSum(end, [axis], true)
        return side === 'before' ? place(g, sum, axis, 0, size - 1) : place(g, sum, axis, size - 1, 0)
      }
      const mirrored = g.reverse(end, [axis])
      return side === 'before'
        ? place(g, mirrored, axis, 1, size - 1 - length)
        : place(g, mirrored, axis, size - 1 - length, 1)
    })
  }, dy)
}

export const padding: Record<string, Op> = {
  Pad: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const mode = modeOf(context.attributes)
      const axes = context.inputs[3] ? constantInts(context, 3) : undefined
      const { before, after } = padsOf(constantInts(context, 1), axes, shape.length)
      if (!['constant', 'reflect', 'edge'].includes(mode)) throw new GraphError(`Pad does not pad by ${mode}`)
      if (mode !== 'constant' && [...before, ...after].some((pad) => pad < 0))
        throw new GraphError(`Pad takes nothing away when it pads by ${mode}`)
      return [
        {
          dtype,
          shape: shape.map((dim, axis): Dim => {
            const added = (before[axis] ?? 0) + (after[axis] ?? 0)
            return added === 0 && before[axis] === 0 ? dim : sizeOf([dim]) + added
          }),
        },
      ]
    },
    // y = x with c around it, or with copies of its own elements:  dx = dy inside, plus dy of the copies;  dc = Σ dy outside
    gradient: ({ g, dy, node, input }) => {
      const [x, pads, value, axes] = [input(0), input(1), node.inputs[2], node.inputs[3]]
      const mode = modeOf(node.attributes)
      const each = padsOf(g.constantInts(pads), axes ? g.constantInts(axes) : undefined, x.shape.length)
      if (mode !== 'constant') return [foldBack(g, dy, each, mode), null, null, null]
      const dx = g.Pad(
        dy,
        [...each.before, ...each.after].map((pad) => -pad),
      )
      const computed = value && !g.constantOf(value)
      return [dx, null, computed ? g.Sub(g.ReduceSum(dy, null), g.ReduceSum(dx, null)) : null, null]
    },
  },
  Tile: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const counts = constantInts(context, 1)
      if (counts.length !== shape.length)
        throw new GraphError(`Tile cannot repeat ${formatShape(shape)} [${counts.join(', ')}] times`)
      return [
        { dtype, shape: shape.map((dim, axis) => (counts[axis] === 1 ? dim : sizeOf([dim]) * (counts[axis] ?? 1))) },
      ]
    },
    // y = x side by side:  dx = Σ dy over the copies
    gradient: ({ g, dy, input }) => {
      const counts = g.constantInts(input(1))
      const repeated = counts.flatMap((count, axis) => (count === 1 ? [] : [axis]))
      if (repeated.length === 0) return [dy, null]
      const apart = input(0).shape.flatMap((dim, axis): Dim[] => {
        const count = counts[axis] ?? 1
        return count === 1 ? [dim] : [count, dim]
      })
      const axes = repeated.map((axis, index) => axis + index)
      return [g.ReduceSum(g.Reshape(dy, sizesFor(apart)), axes), null]
    },
  },
}
