/** Weights that come and go together, and the norms of such groups. */
import type { ChoiceParam } from '../define.ts'
import { sizeOf, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { choice } from '../params.ts'

export type Grouping = 'units' | 'inputs'

/** Which weights are a group: the last axis of a weight counts units, the one before it inputs. */
export const grouping: ChoiceParam<Grouping> = choice({
  title: 'Groups',
  doc: 'What is kept or removed as a whole: units (neurons, filters) with all that comes into them, or inputs with all that they go to.',
  default: 'units',
  options: ['units', 'inputs'],
})

export interface Groups {
  /** The weight, with one input where it has none: [..., inputs, units]. */
  readonly value: Value
  /** The axes along which the weights of a group lie. */
  readonly axes: readonly number[]
  /** How many weights a group has. */
  readonly size: number
}

/** A weight in its groups; a vector is that of one input. */
export function groupsOf(g: Builder, weight: Value, by: Grouping): Groups {
  const value = weight.shape.length < 2 ? g.Reshape(weight, [1, -1]) : weight
  const rank = value.shape.length
  const counted = rank - (by === 'units' ? 1 : 2)
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== counted)
  return { value, axes, size: sizeOf(axes.map((axis) => value.shape[axis] ?? 1)) }
}

/** ‖x‖₂ along these axes, which stay as 1; a norm of 0 has the gradient 0. */
export function normAlong(g: Builder, x: Value, axes: readonly number[]): Value {
  const squares = g.ReduceSumSquare(x, axes, true)
  const positive = g.Greater(squares, g.scalar(0))
  return g.Where(positive, g.Sqrt(g.Where(positive, squares, g.scalar(1))), g.scalar(0))
}

/** √p Σ ‖w_g‖₂ over all groups of p weights each, a scalar. */
export function groupNorm(g: Builder, weight: Value, by: Grouping): Value {
  const { value, axes, size } = groupsOf(g, weight, by)
  return g.Mul(g.ReduceSum(normAlong(g, value, axes), null), g.scalar(Math.sqrt(size)))
}
