/** Who computes and who reads each value of a graph. */
import type { Graph, Node, Value } from '../graph/graph.ts'

export class Readers {
  readonly #producers = new Map<string, Node>()
  readonly #readers = new Map<string, Node[]>()
  readonly #outputs: ReadonlySet<string>

  constructor(graph: Graph) {
    this.#outputs = new Set(graph.outputs.map(({ name }) => name))
    for (const node of graph.nodes) {
      for (const { name } of node.outputs) this.#producers.set(name, node)
      this.#read(node, node)
    }
  }

  #read(reader: Node, node: Node): void {
    for (const input of node.inputs) {
      if (!input) continue
      const readers = this.#readers.get(input.name) ?? []
      this.#readers.set(input.name, readers)
      if (!readers.includes(reader)) readers.push(reader)
    }
    for (const attribute of Object.values(node.attributes))
      if (attribute.type === 'graph') for (const inner of attribute.value.nodes) this.#read(reader, inner)
  }

  /** The node that computes a value; undefined for inputs, constants and values of the graph around. */
  producerOf(value: Value | null | undefined): Node | undefined {
    return value ? this.#producers.get(value.name) : undefined
  }

  /** The nodes that read a value. */
  readersOf({ name }: Value): readonly Node[] {
    return this.#readers.get(name) ?? []
  }

  /** The one node that reads a value; undefined where there are several, none, or the value is an output of the graph. */
  onlyReaderOf(value: Value): Node | undefined {
    const readers = this.readersOf(value)
    return readers.length === 1 && !this.#outputs.has(value.name) ? readers[0] : undefined
  }
}
