/** Ops in the words of older opsets that lack them. */
import { GraphError, sizeOf, type Node, type Value } from '../graph/graph.ts'
import { tensorOf } from '../graph/tensor.ts'
import { floatAttribute, intAttribute, textAttribute } from '../ops/attributes.ts'
import type { Builder } from '../ops/builder.ts'
import { normalizeAxis, sizesFor } from '../ops/op.ts'

export interface Decomposition {
  /** The first opset that has the op as the compiler writes it. */
  readonly since: number
  /** Whether this node is one that older opsets cannot say; all are where left out. */
  readonly applies?: (node: Node) => boolean
  /** The outputs of the node, computed otherwise. Throws where even that cannot be said. */
  readonly build: (g: Builder, node: Node, input: (index: number) => Value) => readonly Value[]
}

const rankOf = (node: Node): number => node.inputs[0]?.shape.length ?? 0

const number = (g: Builder, like: Value, value: number): Value => g.scalar(value, like.dtype)

/** Before opset 13 these ran over all axes from the given one on: the same only for the last. */
function overLastAxis(name: 'Softmax' | 'LogSoftmax' | 'Hardmax'): Decomposition {
  const axisOf = (node: Node): number => normalizeAxis(intAttribute(node.attributes, 'axis', -1), rankOf(node))
  return {
    since: 13,
    applies: (node) => axisOf(node) !== rankOf(node) - 1,
    build: (g, node, input) => {
      const [axis, last] = [axisOf(node), rankOf(node) - 1]
      const swap = input(0).shape.map((_, at) => (at === axis ? last : at === last ? axis : at))
      return [g.Transpose(g[name](g.Transpose(input(0), swap), -1), swap)]
    },
  }
}

const isAdding = (node: Node): boolean => textAttribute(node.attributes, 'reduction', 'none') === 'add'

/** (x - μ) / √(σ² + ε) over these axes, with μ and 1/√(σ² + ε). */
function standardize(g: Builder, x: Value, axes: readonly number[], epsilon: number): readonly [Value, Value, Value] {
  const mean = g.ReduceMean(x, axes, true)
  const centered = g.Sub(x, mean)
  const variance = g.ReduceMean(g.Mul(centered, centered), axes, true)
  const reciprocal = g.Reciprocal(g.Sqrt(g.Add(variance, number(g, x, epsilon))))
  return [g.Mul(centered, reciprocal), mean, reciprocal]
}

export const decompositions: Readonly<Record<string, Decomposition>> = {
  Softmax: overLastAxis('Softmax'),
  LogSoftmax: overLastAxis('LogSoftmax'),
  Hardmax: overLastAxis('Hardmax'),
  HardSwish: {
    since: 14,
    build: (g, _, input) => [g.Mul(input(0), g.HardSigmoid(input(0), 1 / 6, 0.5))],
  },
  Trilu: {
    since: 14,
    build: (g, node, input) => {
      const x = input(0)
      const [rows = 0, columns = 0] = x.shape.slice(-2).map((dim) => sizeOf([dim]))
      const [k = 0] = node.inputs[1] ? g.constantInts(input(1)) : []
      const upper = intAttribute(node.attributes, 'upper', 1) === 1
      const kept = Array.from({ length: rows * columns }, (_, index) => {
        const diagonal = (index % columns) - Math.floor(index / columns)
        return Number(upper ? diagonal >= k : diagonal <= k)
      })
      return [g.Where(g.initializer('side', tensorOf('bool', [rows, columns], kept)), x, number(g, x, 0))]
    },
  },
  Shape: {
    since: 15,
    applies: ({ attributes }) => attributes.start !== undefined || attributes.end !== undefined,
    build: (g, node, input) => {
      const rank = rankOf(node)
      const [start, end] = [intAttribute(node.attributes, 'start', 0), intAttribute(node.attributes, 'end', rank)]
      return [g.Slice(g.Shape(input(0)), [start], [end], [0])]
    },
  },
  ScatterElements: {
    since: 16,
    applies: isAdding,
    // y[.., v, ..] = x[.., v, ..] + Σ u[.., j, ..] [i[.., j, ..] = v]
    build: (g, node, input) => {
      const [x, indices, updates] = [input(0), input(1), input(2)]
      const axis = normalizeAxis(intAttribute(node.attributes, 'axis', 0), rankOf(node))
      const size = sizeOf([x.shape[axis] ?? 0])
      const at = g.Mod(g.Add(indices, g.scalar(size, 'int64')), g.scalar(size, 'int64'))
      const ids = g.Reshape(g.ints(Array.from({ length: size }, (_, id) => id)), [
        size,
        ...x.shape.slice(axis).map(() => 1),
      ])
      const hits = g.Cast(g.Equal(g.Unsqueeze(at, [axis]), ids), x.dtype)
      const sum = g.ReduceSum(g.Mul(hits, g.Unsqueeze(updates, [axis])), [axis + 1])
      const rest = x.shape.map((dim, each) =>
        dim === sum.shape[each] ? 0 : sizeOf([dim]) - sizeOf([sum.shape[each] ?? 0]),
      )
      return [g.Add(x, g.Pad(sum, [...rest.map(() => 0), ...rest]))]
    },
  },
  ScatterND: {
    since: 16,
    applies: isAdding,
    // The places of all index vectors as rows of a matrix of 0 and 1, which sums the updates up.
    build: (g, _, input) => {
      const [x, indices, updates] = [input(0), input(1), input(2)]
      const depth = sizeOf([indices.shape.at(-1) ?? 0])
      const sizes = x.shape.slice(0, depth).map((dim) => sizeOf([dim]))
      const width = sizeOf(x.shape.slice(depth))
      const steps = sizes.map((_size, axis) => sizeOf(sizes.slice(axis + 1)))
      const positive = g.Mod(g.Add(indices, g.ints(sizes)), g.ints(sizes))
      const rows = g.ReduceSum(g.Mul(positive, g.ints(steps)), [-1], true)
      const ids = g.ints(Array.from({ length: sizeOf(sizes) }, (_id, id) => id))
      const hits = g.Cast(g.Equal(g.Reshape(rows, [-1, 1]), ids), x.dtype)
      const sum = g.MatMul(g.Transpose(hits, [1, 0]), g.Reshape(updates, [-1, width]))
      return [g.Add(x, g.Reshape(sum, sizesFor(x.shape)))]
    },
  },
  LayerNormalization: {
    since: 17,
    build: (g, node, input) => {
      const x = input(0)
      const first = normalizeAxis(intAttribute(node.attributes, 'axis', -1), rankOf(node))
      const axes = x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []))
      const [normalized, ...rest] = standardize(g, x, axes, floatAttribute(node.attributes, 'epsilon', 1e-5))
      const scaled = g.Mul(normalized, input(1))
      return [node.inputs[2] ? g.Add(scaled, input(2)) : scaled, ...rest]
    },
  },
  Mish: {
    since: 18,
    build: (g, _, input) => [g.Mul(input(0), g.Tanh(g.Softplus(input(0))))],
  },
  Pad: {
    since: 18,
    applies: ({ inputs }) => Boolean(inputs[3]),
    build: (g, node, input) => {
      const rank = rankOf(node)
      const [pads, axes] = [g.constantInts(input(1)), g.constantInts(input(3))]
      const all = new Array<number>(2 * rank).fill(0)
      axes.forEach((given, index) => {
        const axis = normalizeAxis(given, rank)
        all[axis] = pads[index] ?? 0
        all[rank + axis] = pads[axes.length + index] ?? 0
      })
      const [result] = g.node('Pad', [input(0), g.ints(all), node.inputs[2] ? input(2) : null], node.attributes)
      return result ? [result] : []
    },
  },
  Gelu: {
    since: 20,
    build: (g, node, input) => {
      const x = input(0)
      const half = g.Mul(x, number(g, x, 0.5))
      if (textAttribute(node.attributes, 'approximate', 'none') === 'none')
        return [g.Mul(half, g.Add(g.Erf(g.Mul(x, number(g, x, Math.SQRT1_2))), number(g, x, 1)))]
      const cube = g.Mul(g.Mul(x, g.Mul(x, x)), number(g, x, 0.044715))
      const inner = g.Mul(g.Add(x, cube), number(g, x, Math.sqrt(2 / Math.PI)))
      return [g.Mul(half, g.Add(g.Tanh(inner), number(g, x, 1)))]
    },
  },
  GroupNormalization: {
    since: 21,
    build: (g, node, input) => {
      const x = input(0)
      const groups = intAttribute(node.attributes, 'num_groups', 1)
      const grouped = g.Reshape(x, [0, groups, -1])
      const [normalized] = standardize(g, grouped, [2], floatAttribute(node.attributes, 'epsilon', 1e-5))
      const along = (value: Value): Value => g.Reshape(value, [-1, ...x.shape.slice(2).map(() => 1)])
      return [g.Add(g.Mul(g.Reshape(normalized, sizesFor(x.shape)), along(input(1))), along(input(2)))]
    },
  },
}

/** Ops that no older opset can say at all, and the first that has them. */
const unsayable: Readonly<Record<string, number>> = { BitwiseAnd: 18, BitwiseOr: 18, BitwiseXor: 18, GridSample: 20 }

/** Whether an opset lacks the op of a node, so that it is written as several others. Throws when it cannot be written at all. */
export function isDecomposed(node: Node, opset: number): boolean {
  const since = unsayable[node.op]
  if (since !== undefined && opset < since)
    throw new GraphError(`opset ${opset} has no ${node.op}; ${node.name} needs opset ${since} at least`)
  const rule = decompositions[node.op]
  return rule !== undefined && opset < rule.since && (rule.applies?.(node) ?? true)
}
