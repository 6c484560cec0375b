/** Writes a graph. Its methods are spelled as the ONNX ops they emit, so reading compiler code is reading ONNX. */
import {
  GraphError,
  formatShape,
  sameShape,
  sizeOf,
  type DType,
  type Graph,
  type Node,
  type Shape,
  type Tensor,
  type Value,
} from '../graph/graph.ts'
import { finish } from '../graph/finish.ts'
import { tensorOf } from '../graph/tensor.ts'
import { mix } from '../random.ts'
import { attributesOf, int } from './attributes.ts'
import { hoist } from './hoist.ts'
import { dataTypes } from './logic.ts'
import { beforeTranspose, composed, inverse, transposedFrom } from './layout.ts'
import { broadcastShapes, type ValueType } from './op.ts'
import { opOf } from './table.ts'
import { LayerWords } from './vocabulary/layers.ts'
import { windowAttributes, type PoolOptions } from './window.ts'

export class Builder extends LayerWords {
  readonly graph: Graph
  readonly #parent: Builder | null
  /** Names in use, shared by a graph and its subgraphs so that no name hides another. */
  readonly #names: Set<string>
  /** How often each of them has been numbered, so that graphs of many like nodes need no search. */
  readonly #counts: Map<string, number>
  readonly #producers = new Map<Value, Node>()
  readonly #constants = new Map<string, Value>()
  readonly #seen = new Map<string, readonly Value[]>()
  readonly #numbers = new Map<string, number>()
  readonly #detached = new Set<Value>()
  #scope = ''

  constructor(name: string, parent: Builder | null = null) {
    super()
    this.graph = { name, inputs: [], outputs: [], initializers: new Map(), nodes: [] }
    this.#parent = parent
    this.#names = parent ? parent.#names : new Set()
    this.#counts = parent ? parent.#counts : new Map()
  }

  /** A builder with the inputs and constants of a finished graph, all of whose names are taken: to write it anew. */
  static over(graph: Graph, parent: Builder | null = null): Builder {
    const g = new Builder(graph.name, parent)
    const take = ({ inputs, initializers, nodes }: Graph): void => {
      for (const { name } of inputs) g.#names.add(name)
      for (const name of initializers.keys()) g.#names.add(name)
      for (const { outputs, attributes } of nodes) {
        for (const { name } of outputs) g.#names.add(name)
        for (const attribute of Object.values(attributes)) if (attribute.type === 'graph') take(attribute.value)
      }
    }
    take(graph)
    g.graph.inputs.push(...graph.inputs)
    for (const [name, tensor] of graph.initializers) g.graph.initializers.set(name, tensor)
    return g
  }

  /** Names given inside `body` begin with this: `dense1/`. */
  scoped<T>(scope: string, body: () => T): T {
    const outer = this.#scope
    this.#scope = outer ? `${outer}/${scope}` : scope
    try {
      return body()
    } finally {
      this.#scope = outer
    }
  }

  #unique(name: string): string {
    const full = this.#scope && !name.startsWith(`${this.#scope}/`) ? `${this.#scope}/${name}` : name
    let unique = full
    while (this.#names.has(unique)) {
      const count = (this.#counts.get(full) ?? 0) + 1
      this.#counts.set(full, count)
      unique = `${full}_${count}`
    }
    this.#names.add(unique)
    return unique
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    this.#claim(name)
    const value = { name, dtype, shape }
    this.graph.inputs.push(value)
    return value
  }

  #claim(name: string): void {
    if (this.#names.has(name)) throw new GraphError(`two values are named ${name}`)
    this.#names.add(name)
  }

  /** Makes a value an output under a name of its own choice. */
  output(value: Value, name: string): Value {
    this.#claim(name)
    const [named] = this.#emit('Identity', [value], {}, [value], [name])
    if (!named) throw new GraphError('Identity gave nothing')
    this.graph.outputs.push(named)
    return named
  }

  /** The same value under a name that is taken already: that of an output of a graph written anew. */
  rename(value: Value, name: string): void {
    this.#emit('Identity', [value], {}, [value], [name])
  }

  /** A constant tensor under a readable name. */
  initializer(name: string, tensor: Tensor): Value {
    const value = { name: this.#unique(name), dtype: tensor.dtype, shape: tensor.shape }
    this.graph.initializers.set(value.name, tensor)
    return value
  }

  /** A number as a constant of rank 0. */
  scalar(number: number, dtype: Exclude<DType, 'string'> | DType = 'float32'): Value {
    if (dtype === 'string') throw new GraphError('a scalar is a number')
    return this.#constant(
      `${dtype} ${Object.is(number, -0) ? '-0' : number}`,
      'constant',
      tensorOf(dtype, [], [number]),
    )
  }

  /** Whole numbers as a constant int64 vector. */
  ints(numbers: readonly number[]): Value {
    return this.#constant(`ints ${numbers.join(' ')}`, 'ints', tensorOf('int64', [numbers.length], numbers))
  }

  #constant(key: string, name: string, tensor: Tensor): Value {
    const known = this.#constants.get(key)
    if (known) return known
    const value = { name: this.#unique(name), dtype: tensor.dtype, shape: tensor.shape }
    this.graph.initializers.set(value.name, tensor)
    this.#constants.set(key, value)
    return value
  }

  /** The tensor behind a value, when it is a constant of this graph or of one around it. */
  constantOf(value: Value): Tensor | undefined {
    return this.graph.initializers.get(value.name) ?? this.#parent?.constantOf(value)
  }

  /** The whole numbers of a constant int64 vector. */
  constantInts(value: Value): number[] {
    const tensor = this.constantOf(value)
    if (!tensor) throw new GraphError(`${value.name} is not a constant`)
    return Array.from(tensor.data, Number)
  }

  /** The node that computes a value, when this graph has it. */
  producerOf(value: Value): Node | undefined {
    return this.#producers.get(value)
  }

  /** Any op of the table by name, its result types inferred. */
  node(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Node['attributes'] = {},
    outputs = 1,
  ): readonly Value[] {
    const moved = outputs === 1 ? beforeTranspose(this, op, inputs, attributes) : null
    if (moved) return [moved]
    const { infer, domain } = opOf(op)
    const types = infer({ op, inputs, attributes, outputs, constant: (value) => this.constantOf(value) })
    return this.#emit(op, inputs, attributes, types, undefined, domain)
  }

  /** Any op, its result types stated: for computed shapes, subgraphs and other domains. */
  stated(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Node['attributes'],
    types: readonly ValueType[],
    domain = '',
  ): readonly Value[] {
    return this.#emit(op, inputs, attributes, types, undefined, domain)
  }

  /** A node of a finished graph once more, on these inputs and under its own names, unless its like is there already. */
  again({ op, attributes, outputs, domain }: Node, inputs: readonly (Value | null)[]): readonly Value[] {
    const names = outputs.map(({ name }) => name)
    return this.#emit(op, inputs, attributes, outputs, names, domain, true)
  }

  #emit(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Node['attributes'],
    types: readonly ValueType[],
    names?: readonly string[],
    domain = '',
    shared = !names,
  ): readonly Value[] {
    const key = shared ? this.#keyOf(op, inputs, attributes, types, domain) : null
    const known = key === null ? undefined : this.#seen.get(key)
    if (known) return known
    const name = names?.[0] ?? this.#unique(op)
    const outputs = types.map(({ dtype, shape }, index) => ({
      name: names?.[index] ?? (index === 0 ? name : this.#unique(`${op}.${index}`)),
      dtype,
      shape,
    }))
    const node: Node = { op, domain, name, inputs, outputs, attributes }
    this.graph.nodes.push(node)
    for (const output of outputs) this.#producers.set(output, node)
    if (key !== null) this.#seen.set(key, outputs)
    return outputs
  }

  /** Every op here is a pure function: what has the same key is the same value. Null where comparing costs more than it saves. */
  #keyOf(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Node['attributes'],
    types: readonly ValueType[],
    domain: string,
  ): string | null {
    let key = `${domain}.${op}`
    for (const value of inputs) key += value ? ` ${this.#numberOf(value.name)}` : ' -'
    for (const { shape } of types) key += `:${shape.join()}`
    const own = Object.values(attributes)
    if (own.some(({ type }) => type === 'graph' || type === 'tensor')) return null
    return own.length > 0 ? key + JSON.stringify(attributes) : key
  }

  /** A number that stands for a name in keys. */
  #numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(name, number)
    return number
  }

  #stated(
    op: string,
    inputs: readonly (Value | null)[],
    { dtype, shape }: ValueType,
    attributes: Node['attributes'] = {},
  ): Value {
    const [value] = this.#emit(op, inputs, attributes, [{ dtype, shape }])
    if (!value) throw new GraphError(`${op} gave nothing`)
    return value
  }

  /** An elementwise op on two values; an operand that was only expanded for the other's sake is used as it was. */
  #binary(op: string, a: Value, b: Value): Value {
    const moved = beforeTranspose(this, op, [a, b], {})
    if (moved) return moved
    const shape = broadcastShapes(a.shape, b.shape)
    const narrow = (value: Value, other: Value): Value => {
      const source = this.#producers.get(value)
      const from = source?.op === 'Expand' ? source.inputs[0] : null
      return from && sameShape(other.shape, shape) && sameShape(broadcastShapes(from.shape, other.shape), shape)
        ? from
        : value
    }
    const left = narrow(a, b)
    return this.only(op, [left, narrow(b, left)])
  }

  #isScalar(value: Value, number: number): boolean {
    const tensor = value.shape.length === 0 ? this.constantOf(value) : undefined
    return tensor !== undefined && Number(tensor.data[0]) === number
  }

  Add = (a: Value, b: Value): Value => this.#binary('Add', a, b)
  Sub = (a: Value, b: Value): Value => this.#binary('Sub', a, b)
  Mul = (a: Value, b: Value): Value => (this.#isScalar(a, 1) ? b : this.#isScalar(b, 1) ? a : this.#binary('Mul', a, b))
  Div = (a: Value, b: Value): Value => (this.#isScalar(b, 1) ? a : this.#binary('Div', a, b))

  Transpose = (x: Value, perm: readonly number[]): Value => {
    const { source, perm: before } = transposedFrom(this, x) ?? { source: x, perm: perm.toSorted((a, b) => a - b) }
    const value = composed(before, perm)
    if (value.every((axis, position) => axis === position)) return source
    return this.only('Transpose', [source], { perm: { type: 'ints', value } })
  }

  /** What undoes a MaxPool of a value like `like`: x at the places `indices` counts, 0 elsewhere. */
  MaxUnpool = (x: Value, indices: Value, like: Value, options: PoolOptions): Value =>
    this.#stated('MaxUnpool', [x, indices, this.#shapeOf(like)], like, windowAttributes(options))

  /** Each axis scaled: `nearest` repeats elements (whole scales), `linear` interpolates between their centres. */
  Resize = (x: Value, scales: readonly number[], mode: 'nearest' | 'linear' = 'nearest'): Value =>
    this.only(
      'Resize',
      [x, null, this.#constant(`scales ${scales.join(' ')}`, 'scales', tensorOf('float32', [scales.length], scales))],
      mode === 'linear'
        ? attributesOf({ mode })
        : attributesOf({ mode, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }),
    )
  /** 1 at each index along a new last axis of this depth, 0 elsewhere. */
  OneHot = (indices: Value, depth: number, dtype: 'float32' | 'float64' = 'float32'): Value =>
    this.only('OneHot', [
      indices,
      this.ints([depth]),
      this.#constant(`off-on ${dtype}`, 'off-on', tensorOf(dtype, [2], [0, 1])),
    ])
  Cast = (x: Value, to: DType): Value => (x.dtype === to ? x : this.only('Cast', [x], { to: int(dataTypes[to]) }))

  /** A value repeated to another's shape; sizes known only at run time are read from it. */
  Expand(x: Value, like: Value): Value {
    if (sameShape(x.shape, like.shape)) return x
    const stored = transposedFrom(this, like)
    if (stored && (x.shape.length === 0 || x.shape.length === like.shape.length)) {
      const narrow = x.shape.length === 0 ? x : this.Transpose(x, inverse(stored.perm))
      return this.Transpose(this.Expand(narrow, stored.source), stored.perm)
    }
    return this.#stated('Expand', [x, this.#shapeOf(like)], { dtype: x.dtype, shape: like.shape })
  }

  /** A value in another's shape, of the same number of elements. */
  ReshapeLike(x: Value, like: Value): Value {
    if (sameShape(x.shape, like.shape)) return x
    return this.#stated('Reshape', [x, this.#shapeOf(like)], { dtype: x.dtype, shape: like.shape })
  }

  #shapeOf(value: Value): Value {
    return value.shape.every((dim) => typeof dim === 'number') ? this.ints(value.shape.map(Number)) : this.Shape(value)
  }

  /** What `make` gives for a shape, in the shape of a value and stored as that value is. */
  inLayoutOf(like: Value, make: (shape: Shape) => Value): Value {
    const stored = transposedFrom(this, like)
    return stored ? this.Transpose(make(stored.source.shape), stored.perm) : make(like.shape)
  }

  /** The same value, from which on everything is computed in its own layout, not in the one it was transposed from. */
  settled(value: Value): Value {
    return transposedFrom(this, value) ? this.Identity(value) : value
  }

  /** The same value, which counts as constant where gradients are taken. */
  detached(value: Value): Value {
    const copies = this.#emit('Identity', [value], {}, [value], [this.#unique('detached')])
    for (const copy of copies) this.#detached.add(copy)
    return copies[0] ?? value
  }

  /** Whether no gradient goes to where this value comes from. */
  isDetached(value: Value): boolean {
    return this.#detached.has(value)
  }

  /** How many elements lie along these axes, as a scalar of the value's type. */
  count(value: Value, axes: readonly number[]): Value {
    const dims = axes.map((axis) => value.shape[axis] ?? 1)
    if (dims.every((dim) => typeof dim === 'number')) return this.scalar(sizeOf(dims), value.dtype)
    const sizes = axes.map((axis) => this.Gather(this.Shape(value), this.scalar(axis, 'int64')))
    return this.Cast(
      sizes.reduce((product, size) => this.Mul(product, size)),
      value.dtype,
    )
  }

  /** A value with its elements along these axes in the opposite order. */
  reverse(x: Value, axes: readonly number[]): Value {
    const [first, beyond] = [axes.map(() => -1), axes.map(() => -(2 ** 40))]
    return axes.length === 0 ? x : this.Slice(x, first, beyond, axes, first)
  }

  /** An optional output of a node that was written without it. */
  lateOutput({ op, outputs: [first] }: Node, index: number, { dtype, shape }: ValueType): Value {
    const node = first && this.#producers.get(first)
    if (!node) throw new GraphError(`this graph has no such ${op}`)
    const known = node.outputs[index]
    if (known) return known
    if (node.outputs.length !== index) throw new GraphError(`${node.name} lacks an output before ${index}`)
    const late = { name: this.#unique(`${op}.${index}`), dtype, shape }
    const extended = { ...node, outputs: [...node.outputs, late] }
    this.graph.nodes[this.graph.nodes.indexOf(node)] = extended
    for (const output of extended.outputs) this.#producers.set(output, extended)
    return late
  }

  /** Zeros of this shape, every size known. */
  zeros(shape: Shape, dtype: DType): Value {
    return this.#filled('zeros', shape, dtype, 0)
  }

  /** Ones of this shape, every size known. */
  ones(shape: Shape, dtype: DType): Value {
    return this.#filled('ones', shape, dtype, 1)
  }

  #filled(name: string, shape: Shape, dtype: DType, number: number): Value {
    if (dtype === 'string') throw new GraphError(`${name} are numbers`)
    const known = shape.map((dim) => sizeOf([dim]))
    const numbers = new Array<number>(sizeOf(known)).fill(number)
    return this.#constant(`${name} ${dtype} ${known.join(' ')}`, name, tensorOf(dtype, known, numbers))
  }

  zerosLike(value: Value): Value {
    return this.Expand(this.scalar(0, value.dtype), value)
  }

  /** A fixed random uint32 word for each element of this shape, others for each `series`: what graphs make random numbers from. */
  noise(shape: readonly number[], series = 0): Value {
    const data = Uint32Array.from({ length: sizeOf(shape) }, (_, index) => mix(index ^ (series * 0x9e3779b9)))
    return this.#constant(`noise ${series} ${shape.join(' ')}`, 'noise', { dtype: 'uint32', shape, data })
  }

  /**
   * ONNX Scan, at most one a graph: `body` runs once for each element of the first axis of every `scanned`, over `carried`;
   * each of its `reports` is stacked along a new first axis. Returns the carried values after the last run, then the stacked
   * reports. What the body computes from counters alone is moved out and done for all runs at once.
   */
  Scan(
    carried: readonly Value[],
    scanned: readonly Value[],
    body: (
      inner: Builder,
      carried: readonly Value[],
      scanned: readonly Value[],
    ) => { readonly carried: readonly Value[]; readonly reports: readonly Value[] },
  ): readonly Value[] {
    const inner = new Builder(`${this.graph.name}.body`, this)
    const now = ({ name, dtype, shape }: Value): Value => inner.input(`${name}.now`, dtype, shape)
    const states = carried.map(now)
    const elements = scanned.map((value) => now({ ...value, shape: value.shape.slice(1) }))
    const result = body(inner, states, elements)
    result.carried.forEach((value, index) => {
      const before = carried[index]
      if (!before || !sameShape(before.shape, value.shape) || before.dtype !== value.dtype)
        throw new GraphError(
          `Scan carries ${before?.name ?? 'nothing'} in as ${formatShape(before?.shape ?? [])}, out as ${formatShape(value.shape)}`,
        )
      inner.output(value, `${before.name}.after`)
    })
    result.reports.forEach((value, index) => inner.output(value, `report${index}.now`))
    const hoisted = hoist(
      finish(inner.graph),
      states,
      new Map(elements.map((value, index) => [value, scanned[index] ?? value])),
    )
    for (const [name, tensor] of hoisted.initializers) this.graph.initializers.set(name, tensor)
    this.graph.nodes.push(...hoisted.nodes)
    return this.#emit(
      'Scan',
      [...carried, ...hoisted.scanned],
      { body: { type: 'graph', value: hoisted.body }, num_scan_inputs: int(hoisted.scanned.length) },
      [
        ...carried.map(({ dtype, shape }) => ({ dtype, shape })),
        ...result.reports.map(({ dtype, shape }) => ({ dtype, shape: ['steps', ...shape] })),
      ],
    )
  }
}
