/** What older opsets want written differently. The compiler writes opset 21; this rewrites a graph for those before. */
import { finish } from '../graph/finish.ts'
import { GraphError, type Attribute, type Graph, type Node, type Tensor, type Value } from '../graph/graph.ts'
import { tensorOf } from '../graph/tensor.ts'
import { intAttribute } from '../ops/attributes.ts'
import { Builder } from '../ops/builder.ts'
import { decompositions, isDecomposed } from './decompositions.ts'

/** The IR version that goes with each opset an export may have (onnx/helper.py). */
export const irVersions: Readonly<Record<number, number>> = {
  12: 7,
  13: 7,
  14: 7,
  15: 8,
  16: 8,
  17: 8,
  18: 8,
  19: 9,
  20: 9,
  21: 10,
}

/** The opset the compiler writes, and the one training runs in. */
export const homeOpset = 21

/** From which opset on an op takes a list as its second input instead of as an attribute, and what that is called. */
const listAsInput: Readonly<Record<string, { readonly since: number; readonly name: string }>> = {
  Unsqueeze: { since: 13, name: 'axes' },
  Squeeze: { since: 13, name: 'axes' },
  Split: { since: 13, name: 'split' },
  ReduceSum: { since: 13, name: 'axes' },
  ...Object.fromEntries(
    ['Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp'].map((reduction) => [
      `Reduce${reduction}`,
      { since: 18, name: 'axes' },
    ]),
  ),
}

/** Attributes that came with an opset, of which older ones know only what they had always done. */
const newAttributes: Readonly<Record<string, { readonly since: number; readonly names: readonly string[] }>> = {
  BatchNormalization: { since: 14, names: ['training_mode'] },
  RNN: { since: 14, names: ['layout'] },
  GRU: { since: 14, names: ['layout'] },
  LSTM: { since: 14, names: ['layout'] },
  Reshape: { since: 14, names: ['allowzero'] },
  ScatterElements: { since: 16, names: ['reduction'] },
  ScatterND: { since: 16, names: ['reduction'] },
  Split: { since: 18, names: ['num_outputs'] },
}

/** The same computation in the words of an older opset; throws on what it cannot say. */
export function lowerToOpset(graph: Graph, opset: number): Graph {
  const lowering = new Lowering(graph, opset)
  const nodes = graph.nodes.flatMap((node) => lowering.lower(node))
  const used = new Set([
    ...nodes.flatMap(({ inputs }) => inputs.map((value) => value?.name)),
    ...namesOf(graph.outputs),
  ])
  const initializers = new Map([...lowering.constants].filter(([name]) => used.has(name)))
  return { ...graph, nodes, initializers }
}

/** The ops of a graph that an opset lacks: each is exported as several others, slower and harder to read. */
export function decomposedOps(graph: Graph, opset: number): readonly string[] {
  return [...new Set(graph.nodes.filter((node) => isDecomposed(node, opset)).map(({ op }) => op))].toSorted()
}

const namesOf = (values: readonly Value[]): readonly string[] => values.map(({ name }) => name)

class Lowering {
  readonly constants: Map<string, Tensor>
  readonly #opset: number
  readonly #names: Set<string>

  constructor(graph: Graph, opset: number) {
    this.constants = new Map(graph.initializers)
    this.#opset = opset
    this.#names = new Set([
      ...graph.initializers.keys(),
      ...namesOf(graph.inputs),
      ...graph.nodes.flatMap((node) => [node.name, ...namesOf(node.outputs)]),
    ])
  }

  lower(node: Node): readonly Node[] {
    if (node.domain !== '') return [node]
    if (isDecomposed(node, this.#opset)) return this.#decompose(node).flatMap((part) => this.lower(part))
    const inputs = this.#completed(node)
    return [this.#withoutNewAttributes(this.#listToAttribute(this.#overLastAxis({ ...node, inputs })))]
  }

  /** What was optional later is given here: the sizes of a Split, the region of a Resize. */
  #completed({ op, name, inputs, outputs, attributes }: Node): Node['inputs'] {
    if (op === 'Split' && !inputs[1] && this.#opset < 18) {
      const axis = intAttribute(attributes, 'axis', 0)
      return [
        ...inputs.slice(0, 1),
        this.#constant(
          `${name}/split`,
          outputs.map(({ shape }) => Number(shape.at(axis))),
        ),
      ]
    }
    if (op === 'Resize' && this.#opset < 13) {
      const [data = null, region, scales, ...sizes] = inputs
      return [data, region ?? this.#empty(`${name}/roi`), scales ?? this.#empty(`${name}/scales`), ...sizes]
    }
    return inputs
  }

  /** These ran over the axes from 1 on where they did not say which. */
  #overLastAxis(node: Node): Node {
    if (this.#opset >= 13 || !['Softmax', 'LogSoftmax', 'Hardmax'].includes(node.op)) return node
    return { ...node, attributes: { axis: { type: 'int', value: -1 }, ...node.attributes } }
  }

  #constant(name: string, numbers: readonly number[]): Value {
    const tensor = tensorOf('int64', [numbers.length], numbers)
    this.constants.set(name, tensor)
    return { name, dtype: tensor.dtype, shape: tensor.shape }
  }

  #empty(name: string): Value {
    const tensor = tensorOf('float32', [0], [])
    this.constants.set(name, tensor)
    return { name, dtype: tensor.dtype, shape: tensor.shape }
  }

  #listToAttribute(node: Node): Node {
    const list = listAsInput[node.op]
    const [data, value] = node.inputs
    if (!list || this.#opset >= list.since || !data || !value) return node
    const tensor = this.constants.get(value.name)
    if (!tensor) throw new GraphError(`${node.name} needs constant ${list.name}`)
    const attribute: Attribute = { type: 'ints', value: Array.from(tensor.data, Number) }
    return { ...node, inputs: [data], attributes: { ...node.attributes, [list.name]: attribute } }
  }

  #withoutNewAttributes(node: Node): Node {
    const added = newAttributes[node.op]
    if (!added || this.#opset >= added.since) return node
    const kept = Object.entries(node.attributes).filter(([name]) => !added.names.includes(name))
    for (const name of added.names)
      if (intAttribute(node.attributes, name, 0) !== 0 && name !== 'num_outputs')
        throw new GraphError(`opset ${this.#opset} has no ${name} for ${node.name}`)
    return { ...node, attributes: Object.fromEntries(kept) }
  }

  /** The node's outputs computed by others, whose names begin with its own. */
  #decompose(node: Node): readonly Node[] {
    const rule = decompositions[node.op]
    if (!rule) throw new GraphError(`${node.op} cannot be decomposed`)
    const g = new Builder(node.name)
    const values = new Map<string, Value>()
    for (const input of node.inputs) {
      if (!input || values.has(input.name)) continue
      const tensor = this.constants.get(input.name)
      const value = tensor ? g.initializer(input.name, tensor) : g.input(input.name, input.dtype, input.shape)
      values.set(input.name, value)
    }
    const results = g.scoped(this.#scope(node.name), () =>
      rule.build(g, node, (index) => {
        const value = values.get(node.inputs[index]?.name ?? '')
        if (!value) throw new GraphError(`${node.name} has no input ${index}`)
        return value
      }),
    )
    node.outputs.forEach(({ name }, index) => {
      const result = results[index]
      if (!result) throw new GraphError(`${node.op} lacks output ${index} when decomposed`)
      g.output(result, name)
    })
    const part = finish(g.graph)
    for (const [name, tensor] of part.initializers) this.constants.set(name, tensor)
    return part.nodes
  }

  /** A prefix that no other name has. */
  #scope(name: string): string {
    let scope = name
    while ([...this.#names].some((other) => other.startsWith(`${scope}/`))) scope += '_'
    this.#names.add(`${scope}/`)
    return scope
  }
}
