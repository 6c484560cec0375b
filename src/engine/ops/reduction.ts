import type { Dim, Value } from '../graph/graph.ts'
import { attributesOf, intAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import {
  constantInts,
  inputOf,
  normalizeAxis,
  type GradientContext,
  type InferContext,
  type Op,
  type ValueType,
} from './op.ts'

/** The axes a reduction runs over, counted from the front: those given, or all of them. */
function axesOf(
  attributes: InferContext['attributes'],
  given: readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (given && given.length > 0) return given.map((axis) => normalizeAxis(axis, rank))
  const none = intAttribute(attributes, 'noop_with_empty_axes', 0) === 1
  return none ? [] : Array.from({ length: rank }, (_, axis) => axis)
}

function reduce(context: InferContext): readonly ValueType[] {
  const { dtype, shape } = inputOf(context, 0)
  const given = context.inputs[1] ? constantInts(context, 1) : undefined
  const axes = axesOf(context.attributes, given, shape.length)
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
  const axes = axesOf(node.attributes, given, rank)
  const kept = intAttribute(node.attributes, 'keepdims', 1) === 1 || axes.length === 0
  return { axes, keep: (value) => (kept ? value : g.Unsqueeze(value, axes)) }
}

/** The place of the largest or smallest element along an axis. */
const indexAlongAxis: Op = {
  infer: (context) => {
    const { shape } = inputOf(context, 0)
    const axis = normalizeAxis(intAttribute(context.attributes, 'axis', 0), shape.length)
    const keep = intAttribute(context.attributes, 'keepdims', 1) === 1
    return [{ dtype: 'int64', shape: shape.flatMap((dim, at): Dim[] => (at === axis ? (keep ? [1] : []) : [dim])) }]
  },
  gradient: null,
}

/** dy given to the elements of x that equal y, the largest (or smallest) along the axes; ties share it equally. */
export function spreadToExtreme(g: Builder, x: Value, y: Value, dy: Value, axes: readonly number[]): Value {
  const hit = g.Cast(g.Equal(x, y), dy.dtype)
  return g.Mul(g.Div(hit, g.ReduceSum(hit, axes, true)), dy)
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
      return [spreadToExtreme(g, input(0), keep(output), keep(dy), axes), null]
    },
  },
  ReduceMin: {
    infer: reduce,
    // y = min x:  dx = dy [x = y], shared equally between ties
    gradient: (context) => {
      const { g, dy, input, output } = context
      const { axes, keep } = expanded(context)
      return [spreadToExtreme(g, input(0), keep(output), keep(dy), axes), null]
    },
  },
  ReduceProd: {
    infer: reduce,
    // y = Π x:  dx = dy times the product of all others, which is Π x / x unless something is 0
    gradient: (context) => {
      const { g, dy, input } = context
      const { axes, keep } = expanded(context)
      const [zero, one] = [g.scalar(0, dy.dtype), g.scalar(1, dy.dtype)]
      const isZero = g.Equal(input(0), zero)
      const others = g.Where(isZero, one, input(0))
      const zeros = g.ReduceSum(g.Cast(isZero, dy.dtype), axes, true)
      const share = (count: Value): Value => g.Cast(g.Equal(zeros, count), dy.dtype)
      const part = g.Where(isZero, share(one), g.Div(share(zero), others))
      return [g.Mul(g.Mul(keep(dy), g.ReduceProd(others, axes, true)), part), null]
    },
  },
  ReduceL2: {
    infer: reduce,
    // y = √Σ x²:  dx = dy x / y
    gradient: (context) => {
      const { g, dy, input, output } = context
      const { keep } = expanded(context)
      return [g.Mul(keep(g.Div(dy, output)), input(0)), null]
    },
  },
  ReduceLogSum: {
    infer: reduce,
    // y = ln Σ x:  dx = dy e⁻ʸ
    gradient: (context) => {
      const { g, dy, input, output } = context
      return [g.Expand(expanded(context).keep(g.Mul(dy, g.Exp(g.Neg(output)))), input(0)), null]
    },
  },
  ReduceLogSumExp: {
    infer: reduce,
    // y = ln Σ eˣ:  dx = dy e^(x - y)
    gradient: (context) => {
      const { g, dy, input, output } = context
      const { keep } = expanded(context)
      return [g.Mul(keep(dy), g.Exp(g.Sub(input(0), keep(output)))), null]
    },
  },
  ArgMax: indexAlongAxis,
  ArgMin: indexAlongAxis,
  CumSum: {
    infer: (context) => [inputOf(context, 0)].map(({ dtype, shape }) => ({ dtype, shape })),
    // y[i] = Σ x[j], j ≤ i (or <, ≥, >):  dx[j] = Σ dy[i] over the same pairs
    gradient: ({ g, dy, node, input }) => {
      const reverse = intAttribute(node.attributes, 'reverse', 0)
      const exclusive = intAttribute(node.attributes, 'exclusive', 0)
      const [dx = null] = g.node('CumSum', [dy, input(1)], attributesOf({ exclusive, reverse: 1 - reverse }))
      return [dx, null]
    },
  },
}
