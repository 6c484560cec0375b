/** Small ONNX files as other programs write them. */
import type { Attribute, Graph, Tensor, Value } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { encodeModel } from '#engine/onnx/encode.ts'

export interface FileNodeText {
  readonly op: string
  readonly name?: string
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, Attribute>>
}

/** The bytes of a model that takes `x` of this shape; constants are tensors by name. */
export function onnxFile(
  shape: Value['shape'],
  nodes: readonly FileNodeText[],
  constants: Readonly<Record<string, Tensor>> = {},
  options: { readonly outputs?: readonly string[]; readonly metadata?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  // Only names connect nodes; what the file says of the types between them is nothing an importer relies on.
  const value = (name: string): Value => ({ name, dtype: 'float32', shape: ['open'] })
  const graph: Graph = {
    name: 'model',
    inputs: [{ name: 'x', dtype: 'float32', shape }],
    outputs: (options.outputs ?? nodes.at(-1)?.outputs ?? []).map(value),
    initializers: new Map(Object.entries(constants)),
    nodes: nodes.map(({ op, name = '', domain = '', inputs, outputs, attributes = {} }) => ({
      op,
      domain,
      name,
      inputs: inputs.map((input) => (input === '' ? null : value(input))),
      outputs: outputs.map(value),
      attributes,
    })),
  }
  return encodeModel({
    graph,
    opset: { '': 17 },
    irVersion: 8,
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    doc: '',
    metadata: options.metadata ?? {},
  })
}

/** A float32 constant of numbers around 0, of this shape. */
export const constant = (...shape: readonly number[]): Tensor =>
  tensorOf(
    'float32',
    shape,
    Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, (_, index) => ((index * 7) % 11) / 10 - 0.5),
  )

/** A constant of one number. */
export const scalar = (number: number): Tensor => tensorOf('float32', [], [number])
