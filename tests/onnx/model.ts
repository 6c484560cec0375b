import type { Graph, Model, Node, Tensor, Value } from '#engine/graph/graph.ts'

const value = (name: string, dtype: Value['dtype'], shape: Value['shape']): Value => ({ name, dtype, shape })
const node = (
  op: string,
  inputs: Node['inputs'],
  outputs: readonly Value[],
  attributes: Node['attributes'] = {},
): Node => ({ op, domain: '', name: `${op} to ${outputs[0]?.name}`, inputs, outputs, attributes })

/** A model around a graph, with every header field set to something that is not its default. */
export const modelOf = (graph: Graph): Model => ({
  graph,
  opset: { '': 15, 'com.microsoft': 1 },
  irVersion: 8,
  producerVersion: '1.2.3',
  domain: 'org.example',
  modelVersion: 65537,
  doc: 'Adds a row, again and again.',
  metadata: { model_author: 'Ångström', labels: '["a","b"]' },
})

/** `y` = `x` plus `times` times `row`, by a Loop whose body captures `row` from the graph around it. */
export function loopModel(): Model {
  const row: Tensor = { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2.5, -3) }
  const x = value('x', 'float32', ['batch', 3])
  const times = value('times', 'int64', [])
  const captured = value('row', 'float32', [3])
  const state = value('state', 'float32', ['batch', 3])
  const going = value('going', 'bool', [])
  const still = value('still', 'bool', [])
  const scaled = value('scaled', 'float32', [3])
  const next = value('next', 'float32', ['batch', 3])
  const one = value('one', 'float32', [1])
  const y = value('y', 'float32', ['batch', 3])
  const body: Graph = {
    name: 'body',
    inputs: [value('i', 'int64', []), going, state],
    outputs: [still, next],
    initializers: new Map([['one', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }]]),
    nodes: [
      node('Identity', [going], [still]),
      node('Mul', [captured, one], [scaled]),
      node('Add', [state, scaled], [next]),
    ],
  }
  const graph: Graph = {
    name: 'repeat',
    inputs: [x, times],
    outputs: [y],
    initializers: new Map([['row', row]]),
    nodes: [node('Loop', [times, null, x], [y], { body: { type: 'graph', value: body } })],
  }
  return modelOf(graph)
}

/** One node with an attribute of every kind, over tensors of every element type. */
export function everythingModel(): Model {
  const tensors: Record<string, Tensor> = {
    float32: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(0.1, -0, Infinity, NaN) },
    float64: { dtype: 'float64', shape: [1], data: Float64Array.of(Math.PI) },
    int32: { dtype: 'int32', shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
    int64: { dtype: 'int64', shape: [], data: BigInt64Array.of(-(2n ** 62n)) },
    uint32: { dtype: 'uint32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
    bool: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
    string: { dtype: 'string', shape: [2], data: ['malignant', 'gutartig für alle'] },
    empty: { dtype: 'float32', shape: [0, 4], data: new Float32Array(0) },
  }
  const inputs = Object.entries(tensors).map(([name, { dtype, shape }]) => value(name, dtype, shape))
  const out = value('out', 'float32', ['rows', 1])
  const constant: Tensor = { dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, -1n) }
  const everything = node('Everything', [null, ...inputs], [out], {
    int: { type: 'int', value: -7 },
    float: { type: 'float', value: 0.25 },
    string: { type: 'string', value: 'NOTSET' },
    ints: { type: 'ints', value: [1, -2, 3] },
    floats: { type: 'floats', value: [0.5, -0.5] },
    strings: { type: 'strings', value: ['a', '', 'ü'] },
    tensor: { type: 'tensor', value: constant },
  })
  return modelOf({
    name: 'everything',
    inputs: [],
    outputs: [out],
    initializers: new Map(Object.entries(tensors)),
    nodes: [{ ...everything, domain: 'com.microsoft' }],
  })
}
