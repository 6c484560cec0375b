/** What samples are made of: operands with their numbers, and families of calls. */
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
const batch = 3

/** Random numbers between two bounds; |x| is kept above `gap`, where kinks and poles are. */
export const between = (shape: Shape, low: number, high: number, gap = 0): Operand => ({
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

export const any = (...shape: Shape) => between(shape, -2, 2)
export const nonzero = (...shape: Shape) => between(shape, -2, 2, 0.1)
export const positive = (...shape: Shape) => between(shape, 0.3, 3)

/** Numbers no two of which are close, in random order; `shift` keeps two such operands apart from each other. */
export const distinct = (shape: Shape, shift = 0.5): Operand => ({
  dtype: 'real',
  shape,
  fill: (count, seed) => Array.from(permutation(count, seed, 'distinct'), (place) => (4 * (place + shift)) / count - 2),
})

export const whole = (dtype: Exclude<DType, 'string'>, shape: Shape, low: number, high: number): Operand => ({
  dtype,
  shape,
  fill: (count, seed) => {
    const random = createRandom(seed, 'whole')
    return Array.from({ length: count }, () => low + Math.floor((high - low) * random.uniform()))
  },
})

/** Indices along the first axis of `size` elements, no two the same in a column. */
export const permuted = (shape: readonly [number, number], size: number): Operand => ({
  dtype: 'int64',
  shape,
  fill: (count, seed) => {
    const columns = Array.from({ length: shape[1] }, (_, column) => permutation(size, seed + column, 'permuted'))
    return Array.from({ length: count }, (_, k) => columns[k % shape[1]]?.[Math.floor(k / shape[1])] ?? 0)
  },
})

export const booleans = (...shape: Shape) => whole('bool', shape, 0, 2)
export const words = (...shape: Shape) => whole('uint32', shape, 0, 2 ** 32)

/** A sample whose call takes its operands as arguments. */
export function sample(
  title: string,
  operands: readonly Operand[],
  call: (g: Builder, ...values: Value[]) => Value | readonly Value[],
): Sample {
  return {
    title,
    operands,
    build: (g, inputs) => {
      const result = call(g, ...inputs)
      return 'name' in result ? [result] : result
    },
  }
}

const shapes: readonly Shape[] = [[], [4], ['batch', 2], [2, 1, 3]]

export const unary = (apply: (g: Builder, x: Value) => Value, operand: (...shape: Shape) => Operand = any) =>
  shapes.map((shape) => sample(`of [${shape.join(', ')}]`, [operand(...shape)], (g, x) => apply(g, x)))

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

export const binary = (
  apply: (g: Builder, a: Value, b: Value) => Value,
  left: (...shape: Shape) => Operand = any,
  right: (...shape: Shape) => Operand = left,
) =>
  pairs.map(([a, b]) =>
    sample(`of [${a.join(', ')}] and [${b.join(', ')}]`, [left(...a), right(...b)], (g, a, b) => apply(g, a, b)),
  )

export const reductions = (
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
      (g, x) => apply(g, x, axes, keep),
    ),
  )
}

export const alongAxis = (apply: (g: Builder, x: Value, axis: number) => Value, operand = any) => [
  sample('along the last axis', [operand('batch', 4)], (g, x) => apply(g, x, -1)),
  sample('along the first axis', [operand(3, 2)], (g, x) => apply(g, x, 0)),
  sample('along a middle axis', [operand(2, 3, 2)], (g, x) => apply(g, x, 1)),
]

export const logical = (apply: (g: Builder, a: Value, b: Value) => Value) => binary(apply, booleans)

export const ordering = (apply: (g: Builder, a: Value, b: Value) => Value) => [
  ...binary(apply),
  sample(
    'of whole numbers that are often equal',
    [whole('int64', [4, 3], 0, 3), whole('int64', [3], 0, 3)],
    (g, a, b) => apply(g, a, b),
  ),
]

/** The operand's type in a suite of this precision. */
export function dtypeOf(operand: Operand, real: Real): Exclude<DType, 'string'> {
  return operand.dtype === 'real' ? real : operand.dtype
}

/** A shape with `batch` filled in, also where it is multiplied: `batch*2`. */
export function sizesOf(shape: Shape): number[] {
  return shape.map((dim) =>
    String(dim)
      .split('*')
      .reduce((product, factor) => product * (factor === 'batch' ? batch : Number(factor)), 1),
  )
}

/** The operand's numbers for a seed, with `batch` filled in. */
export function feed(operand: Operand, real: Real, seed: number): Tensor {
  const shape = sizesOf(operand.shape)
  const count = shape.reduce((product, size) => product * size, 1)
  return tensorOf(dtypeOf(operand, real), shape, operand.fill(count, seed))
}
