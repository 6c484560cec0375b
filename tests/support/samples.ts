/** Sample cases for every op of the engine's table: what it is fed, away from kinks, and how it is called. */
import type { DType, Shape, Tensor, Value } from '#engine/graph/graph.ts'
import type { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { createRandom, permutation } from '#engine/random.ts'

export type Real = 'float32' | 'float64'

/** What one input of a sample holds; `real` takes the precision of the suite that runs it. */
export interface Operand {
  readonly dtype: 'real' | Exclude<DType, 'string'>
  readonly shape: Shape
  readonly fill: (count: number, seed: number) => readonly number[]
}

export interface Sample {
  readonly title: string
  readonly operands: readonly Operand[]
  readonly build: (g: Builder, inputs: readonly Value[]) => readonly Value[]
}

/** What `batch` stands for in the samples' shapes. */
export const batch = 3

/** Random numbers between two bounds; |x| is kept above `gap`, where kinks and poles are. */
const between = (shape: Shape, low: number, high: number, gap = 0): Operand => ({
  dtype: 'real',
  shape,
  fill: (count, seed) => {
    const random = createRandom(seed, 'between')
    const draw = (): number => {
      const value = low + (high - low) * random.uniform()
      return Math.abs(value) < gap ? draw() : value
    }
    return Array.from({ length: count }, draw)
  },
})

const any = (...shape: Shape) => between(shape, -2, 2)
const nonzero = (...shape: Shape) => between(shape, -2, 2, 0.1)
const positive = (...shape: Shape) => between(shape, 0.3, 3)

/** Numbers no two of which are close, in random order; `shift` keeps two such operands apart from each other. */
const distinct = (shape: Shape, shift = 0.5): Operand => ({
  dtype: 'real',
  shape,
  fill: (count, seed) => Array.from(permutation(count, seed, 'distinct'), (place) => (4 * (place + shift)) / count - 2),
})

const whole = (dtype: Exclude<DType, 'string'>, shape: Shape, low: number, high: number): Operand => ({
  dtype,
  shape,
  fill: (count, seed) => {
    const random = createRandom(seed, 'whole')
    return Array.from({ length: count }, () => low + Math.floor((high - low) * random.uniform()))
  },
})

const booleans = (...shape: Shape) => whole('bool', shape, 0, 2)
const words = (...shape: Shape) => whole('uint32', shape, 0, 2 ** 32)

type Method = (g: Builder, inputs: readonly Value[]) => Value | readonly Value[]

function sample(title: string, operands: readonly Operand[], method: Method): Sample {
  return {
    title,
    operands,
    build: (g, inputs) => {
      const result = method(g, inputs)
      return 'name' in result ? [result] : result
    },
  }
}

/** The operand at a place; a sample that asks for one it does not have is a mistake in the sample. */
function at(inputs: readonly Value[], index: number): Value {
  const value = inputs[index]
  if (!value) throw new Error(`the sample has no operand ${index}`)
  return value
}

const shapes: readonly Shape[] = [[], [4], ['batch', 2], [2, 1, 3]]

const unary = (apply: (g: Builder, x: Value) => Value, operand: (...shape: Shape) => Operand = any) =>
  shapes.map((shape) => sample(`of [${shape.join(', ')}]`, [operand(...shape)], (g, inputs) => apply(g, at(inputs, 0))))

const pairs: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[2, 3], []],
  [[], [3]],
  [
    ['batch', 3],
    ['batch', 3],
  ],
  [['batch', 3], [3]],
  [['batch', 1], [4]],
  [
    [2, 1, 3],
    [4, 1],
  ],
]

const binary = (
  apply: (g: Builder, a: Value, b: Value) => Value,
  left: (...shape: Shape) => Operand = any,
  right: (...shape: Shape) => Operand = left,
) =>
  pairs.map(([a, b]) =>
    sample(`of [${a.join(', ')}] and [${b.join(', ')}]`, [left(...a), right(...b)], (g, inputs) =>
      apply(g, at(inputs, 0), at(inputs, 1)),
    ),
  )

const reductions = (
  apply: (g: Builder, x: Value, axes: readonly number[] | null, keep: boolean) => Value,
  operand: (shape: Shape) => Operand = (shape) => any(...shape),
) => {
  const cases: readonly (readonly [Shape, readonly number[] | null, boolean])[] = [
    [[4], null, false],
    [[], null, false],
    [['batch', 4], null, true],
    [['batch', 4], [0], false],
    [['batch', 4], [-1], true],
    [[2, 3, 2], [1], false],
    [[2, 3, 2], [0, 2], false],
    [[2, 3, 2], [0, -1], true],
  ]
  return cases.map(([shape, axes, keep]) =>
    sample(
      `of [${shape.join(', ')}] over ${axes ? `[${axes.join(', ')}]` : 'all axes'}${keep ? ', kept' : ''}`,
      [operand(shape)],
      (g, inputs) => apply(g, at(inputs, 0), axes, keep),
    ),
  )
}

const alongAxis = (apply: (g: Builder, x: Value, axis: number) => Value, operand = any) => [
  sample('along the last axis', [operand('batch', 4)], (g, inputs) => apply(g, at(inputs, 0), -1)),
  sample('along the first axis', [operand(3, 2)], (g, inputs) => apply(g, at(inputs, 0), 0)),
  sample('along a middle axis', [operand(2, 3, 2)], (g, inputs) => apply(g, at(inputs, 0), 1)),
]

const logical = (apply: (g: Builder, a: Value, b: Value) => Value) => binary(apply, booleans)

const ordering = (apply: (g: Builder, a: Value, b: Value) => Value) => [
  ...binary(apply),
  sample(
    'of whole numbers that are often equal',
    [whole('int64', [4, 3], 0, 3), whole('int64', [3], 0, 3)],
    (g, inputs) => apply(g, at(inputs, 0), at(inputs, 1)),
  ),
]

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  Add: [
    ...binary((g, a, b) => g.Add(a, b)),
    sample('of uint32, wrapping around', [words(4), words(2, 4)], (g, inputs) => g.Add(at(inputs, 0), at(inputs, 1))),
  ],
  Sub: binary((g, a, b) => g.Sub(a, b)),
  Mul: [
    ...binary((g, a, b) => g.Mul(a, b)),
    sample('of a value with itself', [any('batch', 2)], (g, inputs) => g.Mul(at(inputs, 0), at(inputs, 0))),
    sample('of uint32, wrapping around', [words(4), words(2, 4)], (g, inputs) => g.Mul(at(inputs, 0), at(inputs, 1))),
  ],
  Div: [
    ...binary(
      (g, a, b) => g.Div(a, b),
      any,
      (...shape) => between(shape, -2, 2, 0.5),
    ),
    sample('of int64, cut towards zero', [whole('int64', [6], 0, 20), whole('int64', [], 3, 4)], (g, inputs) =>
      g.Div(at(inputs, 0), at(inputs, 1)),
    ),
  ],
  Pow: [
    ...binary((g, a, b) => g.Pow(a, b), positive, any),
    sample('of negative numbers to a constant whole power', [nonzero('batch', 2)], (g, inputs) =>
      g.Pow(at(inputs, 0), g.scalar(3, at(inputs, 0).dtype)),
    ),
  ],
  Max: binary(
    (g, a, b) => g.Max(a, b),
    (...shape) => distinct(shape, 0.5),
    (...shape) => distinct(shape, 0.2),
  ),
  Min: binary(
    (g, a, b) => g.Min(a, b),
    (...shape) => distinct(shape, 0.5),
    (...shape) => distinct(shape, 0.2),
  ),
  Clip: [
    sample('between two bounds', [distinct(['batch', 4])], (g, inputs) => {
      const x = at(inputs, 0)
      return g.Clip(x, g.scalar(-0.8, x.dtype), g.scalar(1.1, x.dtype))
    }),
    sample('from below', [nonzero(5)], (g, inputs) => g.Clip(at(inputs, 0), g.scalar(0, at(inputs, 0).dtype), null)),
    sample('from above', [nonzero(5)], (g, inputs) => g.Clip(at(inputs, 0), null, g.scalar(0, at(inputs, 0).dtype))),
  ],
  Where: [
    sample('of one shape', [booleans('batch', 3), any('batch', 3), any('batch', 3)], (g, inputs) =>
      g.Where(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
    ),
    sample('broadcast three ways', [booleans(2, 1, 3), any(4, 1), any()], (g, inputs) =>
      g.Where(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
    ),
  ],
  Neg: unary((g, x) => g.Neg(x)),
  Abs: unary((g, x) => g.Abs(x), nonzero),
  Sign: unary((g, x) => g.Sign(x), nonzero),
  Floor: unary(
    (g, x) => g.Floor(x),
    (...shape) => between(shape, 0.1, 0.9),
  ),
  Sqrt: unary((g, x) => g.Sqrt(x), positive),
  Exp: unary((g, x) => g.Exp(x)),
  Log: unary((g, x) => g.Log(x), positive),
  Reciprocal: unary(
    (g, x) => g.Reciprocal(x),
    (...shape) => between(shape, -2, 2, 0.5),
  ),
  Sin: unary((g, x) => g.Sin(x)),
  Cos: unary((g, x) => g.Cos(x)),
  Erf: unary((g, x) => g.Erf(x)),

  Relu: unary((g, x) => g.Relu(x), nonzero),
  LeakyRelu: unary((g, x) => g.LeakyRelu(x, 0.2), nonzero),
  Elu: [
    ...unary((g, x) => g.Elu(x, 1), nonzero),
    sample('with alpha 0.5', [nonzero('batch', 3)], (g, inputs) => g.Elu(at(inputs, 0), 0.5)),
  ],
  Selu: unary((g, x) => g.Selu(x), nonzero),
  Sigmoid: unary((g, x) => g.Sigmoid(x)),
  Tanh: unary((g, x) => g.Tanh(x)),
  Softplus: unary((g, x) => g.Softplus(x)),
  Softmax: alongAxis((g, x, axis) => g.Softmax(x, axis)),
  LogSoftmax: alongAxis((g, x, axis) => g.LogSoftmax(x, axis)),

  MatMul: [
    sample('of two matrices', [any('batch', 3), any(3, 2)], (g, inputs) => g.MatMul(at(inputs, 0), at(inputs, 1))),
    sample('of a batch and a matrix', [any(2, 3, 2), any(2, 4)], (g, inputs) => g.MatMul(at(inputs, 0), at(inputs, 1))),
    sample('of batches that broadcast', [any(2, 1, 2, 3), any(2, 3, 2)], (g, inputs) =>
      g.MatMul(at(inputs, 0), at(inputs, 1)),
    ),
    sample('of a value with itself', [any(3, 3)], (g, inputs) => g.MatMul(at(inputs, 0), at(inputs, 0))),
  ],
  Gemm: [
    ...[false, true].flatMap((transA) =>
      [false, true].map((transB) =>
        sample(
          `${transA ? 'Aᵀ' : 'A'} × ${transB ? 'Bᵀ' : 'B'} with alpha, beta and a bias`,
          [any(...(transA ? [3, 'batch'] : ['batch', 3])), any(...(transB ? [2, 3] : [3, 2])), any(2)],
          (g, inputs) => g.Gemm(at(inputs, 0), at(inputs, 1), at(inputs, 2), { alpha: 0.5, beta: 1.5, transA, transB }),
        ),
      ),
    ),
    sample('with a bias for every known row', [any(4, 3), any(3, 2), any(2)], (g, inputs) =>
      g.Gemm(at(inputs, 0), at(inputs, 1), at(inputs, 2), { beta: 1.5 }),
    ),
    sample('with a bias of one row', [any(4, 3), any(3, 2), any(1, 2)], (g, inputs) =>
      g.Gemm(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
    ),
    sample('without a bias', [any('batch', 3), any(3, 2)], (g, inputs) => g.Gemm(at(inputs, 0), at(inputs, 1))),
    sample('with a scalar bias', [any(2, 3), any(3, 2), any()], (g, inputs) =>
      g.Gemm(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
    ),
    sample('with a bias a row', [any(3, 3), any(3, 2), any(3, 1)], (g, inputs) =>
      g.Gemm(at(inputs, 0), at(inputs, 1), at(inputs, 2)),
    ),
  ],
  Transpose: [
    sample('of a matrix', [any('batch', 2)], (g, inputs) => g.Transpose(at(inputs, 0), [1, 0])),
    sample('in a cycle of three axes', [any(2, 3, 4)], (g, inputs) => g.Transpose(at(inputs, 0), [2, 0, 1])),
  ],

  ReduceSum: reductions((g, x, axes, keep) => g.ReduceSum(x, axes, keep)),
  ReduceMean: reductions((g, x, axes, keep) => g.ReduceMean(x, axes, keep)),
  ReduceMax: reductions(
    (g, x, axes, keep) => g.ReduceMax(x, axes, keep),
    (shape) => distinct(shape),
  ),
  ReduceSumSquare: reductions((g, x, axes, keep) => g.ReduceSumSquare(x, axes, keep)),
  ReduceL1: reductions(
    (g, x, axes, keep) => g.ReduceL1(x, axes, keep),
    (shape) => nonzero(...shape),
  ),
  ArgMax: [
    sample('along the last axis', [distinct(['batch', 4])], (g, inputs) => g.ArgMax(at(inputs, 0), -1)),
    sample('along the first axis, kept', [distinct([3, 4])], (g, inputs) => g.ArgMax(at(inputs, 0), 0, true)),
    sample('of ties, the first one', [whole('int32', [6, 4], 0, 2)], (g, inputs) => g.ArgMax(at(inputs, 0), 1)),
  ],

  Identity: unary((g, x) => g.Identity(x)),
  Reshape: [
    sample('with a copied and an open size', [any('batch', 2, 3)], (g, inputs) => g.Reshape(at(inputs, 0), [0, -1])),
    sample('with every size given', [any(4, 3)], (g, inputs) => g.Reshape(at(inputs, 0), [2, 2, 3])),
    sample('to a scalar', [any(1, 1)], (g, inputs) => g.Reshape(at(inputs, 0), [])),
  ],
  Flatten: [
    sample('of rows', [any('batch', 2, 3)], (g, inputs) => g.Flatten(at(inputs, 0))),
    sample('before axis 2', [any(2, 2, 3)], (g, inputs) => g.Flatten(at(inputs, 0), 2)),
  ],
  Unsqueeze: [
    sample('at both ends', [any('batch')], (g, inputs) => g.Unsqueeze(at(inputs, 0), [0, -1])),
    sample('of a scalar', [any()], (g, inputs) => g.Unsqueeze(at(inputs, 0), [0])),
  ],
  Squeeze: [
    sample('of the last axis', [any('batch', 1)], (g, inputs) => g.Squeeze(at(inputs, 0), [-1])),
    sample('of two axes', [any(1, 3, 1)], (g, inputs) => g.Squeeze(at(inputs, 0), [0, 2])),
  ],
  Expand: [
    sample('of a scalar', [any(), any('batch', 2)], (g, inputs) => g.Expand(at(inputs, 0), at(inputs, 1))),
    sample('of a row', [any(3), any('batch', 3)], (g, inputs) => g.Expand(at(inputs, 0), at(inputs, 1))),
    sample('of a column', [any(2, 1), any(2, 3)], (g, inputs) => g.Expand(at(inputs, 0), at(inputs, 1))),
  ],
  Concat: [
    sample('along the last axis', [any('batch', 2), any('batch', 1), any('batch', 3)], (g, inputs) =>
      g.Concat(inputs, -1),
    ),
    sample('along the first axis', [any(2, 2), any(1, 2)], (g, inputs) => g.Concat(inputs, 0)),
    sample('of one value with itself', [any(2)], (g, inputs) => g.Concat([at(inputs, 0), at(inputs, 0)], 0)),
  ],
  Split: [
    sample('into unequal parts', [any('batch', 5)], (g, inputs) => g.Split(at(inputs, 0), [2, 3], -1)),
    sample('of which one is used', [any(3, 2)], (g, inputs) => g.Split(at(inputs, 0), [1, 2], 0).slice(1)),
  ],
  Slice: [
    sample('of one axis', [any(2, 5)], (g, inputs) => g.Slice(at(inputs, 0), [1], [3], [1])),
    sample('of two axes, from the end', [any(4, 5)], (g, inputs) => g.Slice(at(inputs, 0), [-3, 0], [4, -2], [0, -1])),
    sample('up to an end beyond the last', [any(3)], (g, inputs) => g.Slice(at(inputs, 0), [1], [100], [0])),
  ],
  Gather: [
    sample('of rows by a vector', [any(4, 2), whole('int64', [3], -4, 4)], (g, inputs) =>
      g.Gather(at(inputs, 0), at(inputs, 1)),
    ),
    sample('along the last axis by a matrix', [any(2, 4), whole('int64', [2, 2], 0, 4)], (g, inputs) =>
      g.Gather(at(inputs, 0), at(inputs, 1), 1),
    ),
    sample('of one row', [any(4, 2), whole('int64', [], 0, 4)], (g, inputs) => g.Gather(at(inputs, 0), at(inputs, 1))),
  ],
  OneHot: [
    sample('of a vector', [whole('int64', ['batch'], 0, 4)], (g, inputs) => g.OneHot(at(inputs, 0), 4)),
    sample('of a matrix', [whole('int64', [2, 3], 0, 3)], (g, inputs) => g.OneHot(at(inputs, 0), 3)),
  ],
  Shape: [sample('of a matrix', [any('batch', 2)], (g, inputs) => g.Shape(at(inputs, 0)))],

  Equal: ordering((g, a, b) => g.Equal(a, b)),
  Less: ordering((g, a, b) => g.Less(a, b)),
  Greater: ordering((g, a, b) => g.Greater(a, b)),
  GreaterOrEqual: ordering((g, a, b) => g.GreaterOrEqual(a, b)),
  And: logical((g, a, b) => g.And(a, b)),
  Or: logical((g, a, b) => g.Or(a, b)),
  Not: unary((g, x) => g.Not(x), booleans),
  BitShift: [
    sample('to the left', [words(2, 4), whole('uint32', [4], 0, 32)], (g, inputs) =>
      g.BitShift(at(inputs, 0), at(inputs, 1), 'LEFT'),
    ),
    sample('to the right', [words(2, 4), whole('uint32', [], 0, 32)], (g, inputs) =>
      g.BitShift(at(inputs, 0), at(inputs, 1), 'RIGHT'),
    ),
  ],
  BitwiseXor: [sample('of words', [words(2, 4), words(4)], (g, inputs) => g.BitwiseXor(at(inputs, 0), at(inputs, 1)))],
  Cast: [
    sample('between the reals', [any('batch', 2)], (g, inputs) => {
      const [x] = [at(inputs, 0)]
      return g.Cast(g.Cast(x, x.dtype === 'float32' ? 'float64' : 'float32'), x.dtype)
    }),
    sample('of truth to a real', [booleans(5)], (g, inputs) => g.Cast(at(inputs, 0), 'float32')),
    sample('of a word to a real', [whole('uint32', [5], 0, 2 ** 24)], (g, inputs) => g.Cast(at(inputs, 0), 'float32')),
    sample('of an int64 to a word', [whole('int64', [5], 0, 2 ** 32)], (g, inputs) => g.Cast(at(inputs, 0), 'uint32')),
    sample('of a real to truth', [whole('float32', [5], 0, 2)], (g, inputs) => g.Cast(at(inputs, 0), 'bool')),
  ],
}

/** The operand's type in a suite of this precision. */
export function dtypeOf(operand: Operand, real: Real): Exclude<DType, 'string'> {
  return operand.dtype === 'real' ? real : operand.dtype
}

/** The operand's numbers for a seed, with `batch` filled in. */
export function feed(operand: Operand, real: Real, seed: number): Tensor {
  const shape = operand.shape.map((dim) => (typeof dim === 'number' ? dim : batch))
  const count = shape.reduce((product, size) => product * size, 1)
  return tensorOf(dtypeOf(operand, real), shape, operand.fill(count, seed))
}
