/** What is found out about a graph on the way from its inputs to its outputs: where its units are, and what they may be. */
import type { Graph, Node, Tensor, Value } from '../../graph/graph.ts'
import { unbounded, type Bounds } from './bounds.ts'
import type { Kernel } from './kernel.ts'
import { Units } from './units.ts'

/** The units along one axis of a value, and between which numbers each lies at every place of every row. */
export interface Channels {
  readonly axis: number
  readonly units: readonly number[]
  readonly bounds: readonly Bounds[]
}

/** A sum over channels with the weights of a constant. */
export interface Contraction {
  /** The constant that holds the weights, and its axes. */
  readonly name: string
  readonly inputAxis: number
  readonly outputAxis: number
  readonly kernel: Kernel
  readonly from: Channels
  readonly to: readonly number[]
  /** What an input that never changes adds is put here; null where no constant takes it, or where it differs from place to place. */
  readonly bias: string | null
}

/** How many are left of some units. */
export type CountLeft = (units: readonly number[]) => number

/** What a node becomes when its values get smaller: its attributes, and a constant of sizes that it reads as its second input. */
export interface Adapted {
  readonly attributes?: Node['attributes']
  readonly sizes?: readonly number[]
}

interface Claim {
  readonly name: string
  readonly axis: number
  readonly units: readonly number[]
  /** How many readers of the constant see these units along this axis. */
  count: number
}

export class Trace {
  readonly units = new Units()
  readonly contractions: Contraction[] = []
  /** The units that sums over channels give, by the constant that holds the weights. */
  readonly given = new Map<string, readonly number[]>()
  readonly adapted = new Map<Node, (left: CountLeft) => Adapted>()
  readonly #graph: Graph
  readonly #channels = new Map<string, Channels>()
  readonly #claims = new Map<string, Claim>()
  readonly #readers = new Map<string, Node[]>()
  readonly #outputs: ReadonlySet<string>
  readonly #pinned = new Set<number>()

  constructor(graph: Graph) {
    this.#graph = graph
    this.#outputs = new Set(graph.outputs.map(({ name }) => name))
    const read = (node: Node, reader: Node): void => {
      for (const input of node.inputs) if (input) this.#readers.set(input.name, [...this.readersOf(input), reader])
      for (const attribute of Object.values(node.attributes))
        if (attribute.type === 'graph') for (const inner of attribute.value.nodes) read(inner, reader)
    }
    for (const node of graph.nodes) read(node, node)
  }

  constantOf({ name }: Value): Tensor | undefined {
    return this.#graph.initializers.get(name)
  }

  /** The numbers of a constant; undefined for a value that is computed or left out. */
  numbersOf(value: Value | null | undefined): readonly number[] | undefined {
    const tensor = value ? this.constantOf(value) : undefined
    return tensor && Array.from(tensor.data, Number)
  }

  /** The nodes that read a value, in order; one that reads it twice comes twice. */
  readersOf({ name }: Pick<Value, 'name'>): readonly Node[] {
    return this.#readers.get(name) ?? []
  }

  /** Whether one node alone sees a value. */
  isPrivate(value: Pick<Value, 'name'>): boolean {
    return this.readersOf(value).length === 1 && !this.#outputs.has(value.name)
  }

  /** Values whose units are known, by name. */
  get channels(): ReadonlyMap<string, Channels> {
    return this.#channels
  }

  get claims(): Iterable<Claim> {
    return this.#claims.values()
  }

  channelsOf(value: Value | null | undefined): Channels | null {
    return (value && this.#channels.get(value.name)) ?? null
  }

  set({ name }: Value, channels: Channels): void {
    this.#channels.set(name, channels)
  }

  /** Units along an axis of a value of which nothing else is known. */
  begin(value: Value, axis: number): void {
    const size = value.shape[axis]
    if (typeof size !== 'number') return
    this.set(value, { axis, units: this.units.fresh(size), bounds: Array.from({ length: size }, () => unbounded) })
  }

  /** A constant has one element, or slice, for each of these units. */
  claim({ name }: Value, axis: number, units: readonly number[]): void {
    const key = `${axis} ${name}`
    const known = this.#claims.get(key)
    if (known) {
      this.units.join(known.units, units)
      known.count += 1
    } else this.#claims.set(key, { name, axis, units, count: 1 })
  }

  /** These units stay. */
  pin(units: readonly number[]): void {
    for (const unit of units) this.#pinned.add(unit)
  }

  /** Whatever a node reads stays as it is. */
  pinInputs({ inputs, attributes }: Node): void {
    for (const input of inputs) this.pin(this.channelsOf(input)?.units ?? [])
    for (const attribute of Object.values(attributes))
      if (attribute.type === 'graph') for (const inner of attribute.value.nodes) this.pinInputs(inner)
  }

  /** All units that stay: what outputs show, and what constants hold that someone reads in another way. */
  pinned(): Iterable<number> {
    for (const { name } of this.#graph.outputs) this.pin(this.#channels.get(name)?.units ?? [])
    for (const { name, units, count } of this.#claims.values())
      if (count < this.readersOf({ name }).length || this.#outputs.has(name)) this.pin(units)
    return this.#pinned
  }
}
