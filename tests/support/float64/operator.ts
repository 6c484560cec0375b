/** What one ONNX operator of the float64 evaluator is, and how it reads its node. */
import type { Attribute, Graph, Node, Tensor } from '#engine/graph/graph.ts'
import type { Array64, Numbers } from './array.ts'

/** The inputs and attributes of a node about to be computed. */
export class Call {
  readonly node: Node
  readonly inputs: readonly (Array64 | null)[]
  constructor(node: Node, inputs: readonly (Array64 | null)[]) {
    this.node = node
    this.inputs = inputs
  }

  /** An input that may be left out. */
  optional(index: number): Array64 | null {
    return this.inputs[index] ?? null
  }

  any(index: number): Array64 {
    const input = this.optional(index)
    if (!input) throw new Error(`${this.node.op} lacks input ${index}`)
    return input
  }

  numbers(index: number): Numbers {
    const input = this.any(index)
    if (input.dtype === 'string') throw new Error(`${this.node.op} does not take strings`)
    return input
  }

  /** A whole number the node carries; undefined when it does not. */
  int(name: string): number | undefined {
    return this.#attribute(name, 'int')?.value
  }

  /** A number the node carries, which ONNX holds in single precision. */
  float(name: string): number | undefined {
    const value = this.#attribute(name, 'float')?.value
    return value === undefined ? undefined : Math.fround(value)
  }

  text(name: string): string | undefined {
    return this.#attribute(name, 'string')?.value
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'ints')?.value
  }

  /** Numbers the node carries, which ONNX holds in single precision. */
  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'floats')?.value.map(Math.fround)
  }

  strings(name: string): readonly string[] | undefined {
    return this.#attribute(name, 'strings')?.value
  }

  tensor(name: string): Tensor | undefined {
    return this.#attribute(name, 'tensor')?.value
  }

  graph(name: string): Graph | undefined {
    return this.#attribute(name, 'graph')?.value
  }

  #attribute<T extends Attribute['type']>(name: string, type: T): (Attribute & { readonly type: T }) | undefined {
    const attribute = this.node.attributes[name]
    if (!attribute) return undefined
    if (!isOfType(attribute, type)) throw new Error(`${this.node.op}.${name} is of type ${attribute.type}, not ${type}`)
    return attribute
  }
}

function isOfType<T extends Attribute['type']>(
  attribute: Attribute,
  type: T,
): attribute is Attribute & { readonly type: T } {
  return attribute.type === type
}

export type Operator = (call: Call) => readonly Array64[]
