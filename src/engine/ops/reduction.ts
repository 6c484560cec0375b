import type { Dim } from '../graph/graph.ts'
import {
  constantInts,
  inputOf,
  intAttribute,
  normalizeAxis,
  type GradientContext,
  type InferContext,
  type Op,
  type ValueType,
} from './op.ts'

/** The axes a reduction runs over, counted from the front: its constant second input, or all of them. */
function axesOf(context: InferContext): readonly number[] {
  const rank = inputOf(context, 0).shape.length
  if (!context.inputs[1]) return Array.from({ length: rank }, (_, axis) => axis)
  return constantInts(context, 1).map((axis) => normalizeAxis(axis, rank))
}

function reduce(context: InferContext): readonly ValueType[] {
  const { dtype, shape } = inputOf(context, 0)
  const axes = axesOf(context)
  const keep = intAttribute(context.attributes, 'keepdims', 1) === 1
  return [{ dtype, shape: shape.flatMap((dim, axis): Dim[] => (axes.includes(axis) ? (keep ? [1] : []) : [dim])) }]
}

/** What was reduced, as axes from the front, and a value of the output's type with those axes kept as 1. */
function expanded({ g, node, input }: GradientContext): {
  readonly axes: readonly number[]
  readonly keep: (value: ReturnType<typeof input>) => ReturnType<typeof input>
} {
  const rank = input(0).shape.length
  const given = node.inputs[1] ? g.constantInts(node.inputs[1]) : undefined
  const axes = given?.map((axis) => normalizeAxis(axis, rank)) ?? Array.from({ length: rank }, (_, axis) => axis)
  const kept = intAttribute(node.attributes, 'keepdims', 1) === 1 || axes.length === 0
  return { axes, keep: (value) => (kept ? value : g.Unsqueeze(value, axes)) }
}

export const reduction: Record<string, Op> = {
  ReduceSum: {
    infer: reduce,
    // y = Σ x:  dx = dy, spread over the summed axes
    gradient: (context) => [context.g.Expand(expanded(context).keep(context.dy), context.input(0)), null],
  },
  ReduceMean: {
    infer: reduce,
    // y = Σ x / n:  dx = dy / n, spread over the averaged axes
    gradient: (context) => {
      const { g, dy, input } = context
      const { axes, keep } = expanded(context)
      return [g.Expand(keep(g.Div(dy, g.count(input(0), axes))), input(0)), null]
    },
  },
  ReduceSumSquare: {
    infer: reduce,
    // y = Σ x²:  dx = 2 dy x
    gradient: (context) => {
      const { g, dy, input } = context
      return [g.Mul(g.Mul(expanded(context).keep(dy), g.scalar(2, dy.dtype)), input(0)), null]
    },
  },
  ReduceL1: {
    infer: reduce,
    // y = Σ |x|:  dx = dy sign(x), 0 at 0
    gradient: (context) => {
      const { g, dy, input } = context
      return [g.Mul(expanded(context).keep(dy), g.Sign(input(0))), null]
    },
  },
  ReduceMax: {
    infer: reduce,
    // y = max x:  dx = dy [x = y], shared equally between ties
    gradient: (context) => {
      const { g, dy, input, output } = context
      const { axes, keep } = expanded(context)
      const hit = g.Cast(g.Equal(input(0), keep(output)), dy.dtype)
      return [g.Mul(g.Div(hit, g.ReduceSum(hit, axes, true)), keep(dy)), null]
    },
  },
  ArgMax: {
    infer: (context) => {
      const { shape } = inputOf(context, 0)
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', 0), shape.length)
      const keep = intAttribute(context.attributes, 'keepdims', 1) === 1
      return [{ dtype: 'int64', shape: shape.flatMap((dim, at): Dim[] => (at === axis ? (keep ? [1] : []) : [dim])) }]
    },
    gradient: null,
  },
}
