/** The graph: ONNX's own vocabulary as plain data. Everything Espalier computes is one of these. */

export type DType = 'float32' | 'float64' | 'int32' | 'int64' | 'uint32' | 'bool' | 'string'

/** A known size, or the name of one that is known only at run time (`batch`). */
export type Dim = number | string
export type Shape = readonly Dim[]

export type TensorData =
  Float32Array | Float64Array | Int32Array | BigInt64Array | Uint32Array | Uint8Array | readonly string[]

/** A dense tensor in row-major order; `bool` data are bytes of 0 and 1. */
export interface Tensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** A named edge of the graph. Values are compared by identity; names are unique within a graph. */
export interface Value {
  readonly name: string
  readonly dtype: DType
  readonly shape: Shape
}

export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }

export interface Node {
  readonly op: string
  readonly domain: string
  readonly name: string
  /** `null` stands for an optional input left out. */
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Value[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface Graph {
  readonly name: string
  readonly inputs: Value[]
  readonly outputs: Value[]
  /** Constants, by the name of the value that holds them. */
  readonly initializers: Map<string, Tensor>
  /** In an order in which every input is known before it is used. */
  readonly nodes: Node[]
}

/** A graph with the header ONNX wants around it: `ModelProto` without the encoding. */
export interface Model {
  readonly graph: Graph
  readonly opset: Readonly<Record<string, number>>
  readonly irVersion: number
  readonly producerVersion: string
  readonly domain: string
  readonly modelVersion: number
  readonly doc: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The number of elements of a shape whose every size is known; throws on a symbolic size. */
export function sizeOf(shape: Shape): number {
  let size = 1
  for (const dim of shape) {
    if (typeof dim !== 'number') throw new Error(`the size of ${formatShape(shape)} depends on ${dim}`)
    size *= dim
  }
  return size
}

/** A shape as people read it: `[batch, 30]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a === b || (a.length === b.length && a.every((dim, axis) => dim === b[axis]))
}

/** A mistake in the compiler itself, never in the user's project: it names op and shapes. */
export class GraphError extends Error {
  override name = 'GraphError'
}
