/** What the compiler knows of an ONNX op: the type of its results, and its gradient. */
import {
  GraphError,
  formatShape,
  sameShape,
  type Attribute,
  type DType,
  type Node,
  type Shape,
  type Tensor,
  type Value,
} from '../graph/graph.ts'
import type { Builder } from './builder.ts'

export interface ValueType {
  readonly dtype: DType
  readonly shape: Shape
}

export interface InferContext {
  readonly op: string
  readonly inputs: readonly (Value | null)[]
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly outputs: number
  /** The tensor behind a value that is a constant, else undefined. */
  constant(value: Value): Tensor | undefined
}

export interface GradientContext {
  readonly g: Builder
  readonly node: Node
  /** The i-th input, which must be there. */
  input(index: number): Value
  readonly output: Value
  /** Gradient of the scalar with respect to the first output, of its shape. */
  readonly dy: Value
  /** The same for every output; null where an output does not matter. */
  readonly gradients: readonly (Value | null)[]
}

export interface Op {
  /** Where the op comes from, where it is not ONNX. */
  readonly domain?: string
  infer(context: InferContext): readonly ValueType[]
  /**
   * Gradients with respect to each input, null for inputs that have none. They may keep a broadcast shape: the walk sums
   * it away. `null` instead of a rule says the op is constant almost everywhere; no rule at all, that it must not be asked.
   */
  readonly gradient?: ((context: GradientContext) => readonly (Value | null)[]) | null
}

/** The i-th input of a node under inference; throws when it was left out. */
export function inputOf(context: InferContext, index: number): Value {
  const value = context.inputs[index]
  if (!value) throw new GraphError(`${context.op} needs input ${index}`)
  return value
}

/** The whole numbers of a constant int64 input; throws when the value is computed. */
export function constantInts(context: InferContext, index: number): number[] {
  const tensor = context.constant(inputOf(context, index))
  if (!tensor) throw new GraphError(`${context.op} needs a constant as input ${index}`)
  return Array.from(tensor.data, Number)
}

/** An axis counted from the front; throws when the rank has no such axis. */
export function normalizeAxis(axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis
  if (normal < 0 || normal >= rank) throw new GraphError(`axis ${axis} is outside rank ${rank}`)
  return normal
}

/** NumPy broadcasting of two shapes; a symbolic size only matches itself or 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  if (sameShape(a, b) || b.length === 0) return a
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left === right || right === 1) return left
    if (left === 1) return right
    throw new GraphError(`${formatShape(a)} and ${formatShape(b)} do not broadcast`)
  })
}

/** The sizes to reshape to for this shape, of which at most one may be known only at run time. */
export function sizesFor(shape: Shape): number[] {
  if (shape.filter((dim) => typeof dim === 'string').length > 1)
    throw new GraphError(`two sizes of ${formatShape(shape)} are known only at run time`)
  return shape.map((dim) => (typeof dim === 'string' ? -1 : dim))
}
