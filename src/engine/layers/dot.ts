import { defineLayer, type LayerContext } from '../define.ts'
import { formatShape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { flag, numbers } from '../params.ts'

/** Keras' smallest length of a vector that is normalized. */
const epsilon = 1e-7

export const dot = defineLayer({
  kind: 'dot',
  title: 'Dot',
  doc: 'Multiplies its two inputs along one axis of each and adds up.',
  reference: 'https://keras.io/api/layers/merging_layers/dot/',
  formula: 'y = Σ x₁ · x₂ along the axes',
  group: 'Merge',
  arity: { min: 2, max: 2 },
  params: {
    axes: numbers({
      title: 'Axes',
      doc: 'The axis of the first and of the second input, or one number for both; -1 is the last.',
      default: [-1],
      min: -8,
      max: 8,
    }),
    normalize: flag({
      title: 'Normalize',
      doc: 'Give vectors the length 1 first, so that the result is the cosine between them.',
      default: false,
    }),
  },
  keras: { class: 'Dot' },
  // y[b, i, j] = Σ_k a[b, i, k] b[b, k, j]
  build: ({ g, params, inputs, fail }) => {
    const [a, b] = inputs
    if (!a || !b) return fail('needs two inputs')
    const [first = -1, second = first] = params.axes
    const axes = [axisOf(a, first, fail), axisOf(b, second, fail)] as const
    const [left, right] = [a.shape[axes[0]], b.shape[axes[1]]]
    if (left !== right)
      return fail(
        `multiplies axis ${axes[0]} of ${formatShape(a.shape)} and axis ${axes[1]} of ${formatShape(b.shape)}; choose axes of the same size, or put a Dense before one of them`,
        'axes',
        axes[1] === b.shape.length - 1
          ? { before: { 1: { kind: 'dense', params: { units: Number(left) } } } }
          : undefined,
      )
    const [x, y] = params.normalize ? [unitLength(g, a, axes[0]), unitLength(g, b, axes[1])] : [a, b]
    const others = [x, y].map(({ shape }, index) =>
      shape
        .slice(1)
        .filter((_, axis) => axis + 1 !== axes[index])
        .map(Number),
    )
    const [rows = [], columns = []] = others
    if (rows.length + columns.length === 0) return g.ReduceSum(g.Mul(x, y), [1], true)
    const matrix = (value: Value, axis: number, size: number): Value =>
      g.Reshape(lastAxis(g, value, axis), [0, -1, size])
    const size = Number(left)
    const product = g.MatMul(matrix(x, axes[0], size), g.Transpose(matrix(y, axes[1], size), [0, 2, 1]))
    return g.Reshape(product, [0, ...rows, ...columns])
  },
})

function axisOf({ shape }: Value, given: number, fail: LayerContext['fail']): number {
  const axis = given < 0 ? given + shape.length : given
  return Number.isInteger(axis) && axis >= 1 && axis < shape.length
    ? axis
    : fail(
        `has no axis ${given} in ${formatShape(shape)} to multiply along: choose 1 to ${shape.length - 1}, or -1`,
        'axes',
        {
          set: { axes: [-1] },
        },
      )
}

/** x / max(|x|, ε) along an axis. */
function unitLength(g: Builder, x: Value, axis: number): Value {
  const square = g.ReduceSum(g.Mul(x, x), [axis], true)
  return g.Div(x, g.Sqrt(g.Max(square, g.scalar(epsilon ** 2))))
}

/** A value with one axis moved behind all others. */
function lastAxis(g: Builder, x: Value, axis: number): Value {
  const axes = x.shape.map((_, position) => position).filter((position) => position !== axis)
  return g.Transpose(x, [...axes, axis])
}
