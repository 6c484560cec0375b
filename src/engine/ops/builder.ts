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
import { attributesOf, float, int, text } from './attributes.ts'
import { hoist } from './hoist.ts'
import { dataTypes } from './logic.ts'
import { beforeTranspose, composed, inverse, transposedFrom } from './layout.ts'
import { broadcastShapes, type ValueType } from './op.ts'
import { opOf } from './table.ts'
import { Vocabulary } from './vocabulary.ts'
import {
  windowAttributes,
  type AveragePoolOptions,
  type ConvOptions,
  type ConvTransposeOptions,
  type PoolOptions,
} from './window.ts'


export class Builder extends Vocabulary {
  readonly graph: Graph
  readonly #parent: Builder | null
  /** Names in use, shared by a graph and its subgraphs so that no name hides another. */
  readonly #names: Set<string>
  readonly #producers = new Map<Value, Node>()
  readonly #constants = new Map<string, Value>()
  readonly #seen = new Map<string, readonly Value[]>()
  #scope = ''

  constructor(name: string, parent: Builder | null = null) {
    super()
    this.graph = { name, inputs: [], outputs: [], initializers: new Map(), nodes: [] }
    this.#parent = parent
    this.#names = parent ? parent.#names : new Set()
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
    for (let count = 1; this.#names.has(unique); count++) unique = `${full}_${count}`
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
    const types = opOf(op).infer({ op, inputs, attributes, outputs, constant: (value) => this.constantOf(value) })
    return this.#emit(op, inputs, attributes, types)
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

  #emit(
    op: string,
    inputs: readonly (Value | null)[],
    attributes: Node['attributes'],
    types: readonly ValueType[],
    names?: readonly string[],
    domain = '',
  ): readonly Value[] {
    // Every op here is a pure function, so the same op on the same inputs is the same value.
    const plain = Object.values(attributes).every(({ type }) => type !== 'graph' && type !== 'tensor')
    const key =
      plain && !names
        ? JSON.stringify([domain, op, inputs.map((value) => value?.name), attributes, types.map(({ shape }) => shape)])
        : null
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

  #one(op: string, inputs: readonly (Value | null)[], attributes: Node['attributes'] = {}): Value {
    const [value] = this.node(op, inputs, attributes)
    if (!value) throw new GraphError(`${op} gave nothing`)
    return value
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
    return this.#one(op, [left, narrow(b, left)])
  }

  #isScalar(value: Value, number: number): boolean {
    const tensor = value.shape.length === 0 ? this.constantOf(value) : undefined
    return tensor !== undefined && Number(tensor.data[0]) === number
  }

  Add = (a: Value, b: Value): Value => this.#binary('Add', a, b)
  Sub = (a: Value, b: Value): Value => this.#binary('Sub', a, b)
  Mul = (a: Value, b: Value): Value => (this.#isScalar(a, 1) ? b : this.#isScalar(b, 1) ? a : this.#binary('Mul', a, b))
  Div = (a: Value, b: Value): Value => (this.#isScalar(b, 1) ? a : this.#binary('Div', a, b))
  Pow = (a: Value, b: Value): Value => this.#one('Pow', [a, b])
  Max = (...values: Value[]): Value => this.#one('Max', values)
  Min = (...values: Value[]): Value => this.#one('Min', values)
  Clip = (x: Value, low: Value | null, high: Value | null): Value => this.#one('Clip', [x, low, high])
  Where = (condition: Value, a: Value, b: Value): Value => this.#one('Where', [condition, a, b])
  Neg = (x: Value): Value => this.#one('Neg', [x])
  Abs = (x: Value): Value => this.#one('Abs', [x])
  Sign = (x: Value): Value => this.#one('Sign', [x])
  Floor = (x: Value): Value => this.#one('Floor', [x])
  Sqrt = (x: Value): Value => this.#one('Sqrt', [x])
  Exp = (x: Value): Value => this.#one('Exp', [x])
  Log = (x: Value): Value => this.#one('Log', [x])
  Reciprocal = (x: Value): Value => this.#one('Reciprocal', [x])
  Sin = (x: Value): Value => this.#one('Sin', [x])
  Cos = (x: Value): Value => this.#one('Cos', [x])

  Relu = (x: Value): Value => this.#one('Relu', [x])
  LeakyRelu = (x: Value, alpha: number): Value => this.#one('LeakyRelu', [x], { alpha: float(alpha) })
  Elu = (x: Value, alpha: number): Value => this.#one('Elu', [x], { alpha: float(alpha) })
  Selu = (x: Value): Value => this.#one('Selu', [x])
  Sigmoid = (x: Value): Value => this.#one('Sigmoid', [x])
  Tanh = (x: Value): Value => this.#one('Tanh', [x])
  Softplus = (x: Value): Value => this.#one('Softplus', [x])
  Erf = (x: Value): Value => this.#one('Erf', [x])
  Softmax = (x: Value, axis = -1): Value => this.#one('Softmax', [x], { axis: int(axis) })
  LogSoftmax = (x: Value, axis = -1): Value => this.#one('LogSoftmax', [x], { axis: int(axis) })

  MatMul = (a: Value, b: Value): Value => this.#one('MatMul', [a, b])
  Gemm = (
    a: Value,
    b: Value,
    c: Value | null = null,
    options: {
      readonly alpha?: number
      readonly beta?: number
      readonly transA?: boolean
      readonly transB?: boolean
    } = {},
  ): Value =>
    this.#one('Gemm', c ? [a, b, c] : [a, b], {
      ...(options.alpha === undefined || options.alpha === 1 ? {} : { alpha: float(options.alpha) }),
      ...(options.beta === undefined || options.beta === 1 ? {} : { beta: float(options.beta) }),
      ...(options.transA ? { transA: int(1) } : {}),
      ...(options.transB ? { transB: int(1) } : {}),
    })
  Transpose = (x: Value, perm: readonly number[]): Value => {
    const { source, perm: before } = transposedFrom(this, x) ?? { source: x, perm: perm.toSorted((a, b) => a - b) }
    const value = composed(before, perm)
    if (value.every((axis, position) => axis === position)) return source
    return this.#one('Transpose', [source], { perm: { type: 'ints', value } })
  }

  /** X [batch, channels, ...places], W [features, channels/group, ...kernel], bias [features]. */
  Conv = (x: Value, w: Value, bias: Value | null = null, options: ConvOptions = {}): Value =>
    this.#one('Conv', bias ? [x, w, bias] : [x, w], windowAttributes(options))
  /** X [batch, channels, ...places], W [channels, features/group, ...kernel], bias [features]. */
  ConvTranspose = (x: Value, w: Value, bias: Value | null = null, options: ConvTransposeOptions = {}): Value =>
    this.#one('ConvTranspose', bias ? [x, w, bias] : [x, w], windowAttributes(options))
  MaxPool = (x: Value, options: PoolOptions): Value => this.#one('MaxPool', [x], windowAttributes(options))
  /** What undoes a MaxPool of a value like `like`: x at the places `indices` counts, 0 elsewhere. */
  MaxUnpool = (x: Value, indices: Value, like: Value, options: PoolOptions): Value =>
    this.#stated('MaxUnpool', [x, indices, this.#shapeOf(like)], like, windowAttributes(options))
  AveragePool = (x: Value, options: AveragePoolOptions): Value =>
    this.#one('AveragePool', [x], windowAttributes(options))
  GlobalMaxPool = (x: Value): Value => this.#one('GlobalMaxPool', [x])
  GlobalAveragePool = (x: Value): Value => this.#one('GlobalAveragePool', [x])

  /** X [batch, channels, ...], the others [channels]. */
  BatchNormalization = (
    x: Value,
    scale: Value,
    bias: Value,
    mean: Value,
    variance: Value,
    epsilon: number,
  ): Value => this.#one('BatchNormalization', [x, scale, bias, mean, variance], { epsilon: float(epsilon) })
  /** X [batch, channels, ...], scale and bias [channels]: each channel of each row by its own mean and variance. */
  InstanceNormalization = (x: Value, scale: Value, bias: Value, epsilon: number): Value =>
    this.#one('InstanceNormalization', [x, scale, bias], { epsilon: float(epsilon) })
  /** Over `axis` and all after it; scale and bias have these axes. */
  LayerNormalization = (x: Value, scale: Value, bias: Value | null, axis: number, epsilon: number): Value =>
    this.#one('LayerNormalization', bias ? [x, scale, bias] : [x, scale], {
      axis: int(axis),
      epsilon: float(epsilon),
    })

  #reduce(op: string, x: Value, axes: readonly number[] | null, keep: boolean): Value {
    return this.#one(op, axes ? [x, this.ints(axes)] : [x], { keepdims: int(keep ? 1 : 0) })
  }
  /** Sum over these axes; `null` means all of them. */
  ReduceSum = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.#reduce('ReduceSum', x, axes, keep)
  ReduceMean = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.#reduce('ReduceMean', x, axes, keep)
  ReduceMax = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.#reduce('ReduceMax', x, axes, keep)
  ReduceSumSquare = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.#reduce('ReduceSumSquare', x, axes, keep)
  ReduceL1 = (x: Value, axes: readonly number[] | null, keep = false): Value => this.#reduce('ReduceL1', x, axes, keep)
  ArgMax = (x: Value, axis: number, keep = false): Value =>
    this.#one('ArgMax', [x], { axis: int(axis), keepdims: int(keep ? 1 : 0) })

  Identity = (x: Value): Value => this.#one('Identity', [x])
  /** 0 copies the input's size at that place, -1 is worked out. */
  Reshape = (x: Value, shape: readonly number[]): Value => this.#one('Reshape', [x, this.ints(shape)])
  Flatten = (x: Value, axis = 1): Value => this.#one('Flatten', [x], { axis: int(axis) })
  Unsqueeze = (x: Value, axes: readonly number[]): Value => this.#one('Unsqueeze', [x, this.ints(axes)])
  Squeeze = (x: Value, axes: readonly number[]): Value => this.#one('Squeeze', [x, this.ints(axes)])
  Concat = (values: readonly Value[], axis: number): Value => this.#one('Concat', values, { axis: int(axis) })
  Split = (x: Value, sizes: readonly number[], axis: number): readonly Value[] =>
    this.node('Split', [x, this.ints(sizes)], { axis: int(axis) }, sizes.length)
  Slice = (
    x: Value,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps: readonly number[] = [],
  ): Value => {
    const bounds = [x, this.ints(starts), this.ints(ends), this.ints(axes)]
    return this.#one('Slice', steps.every((step) => step === 1) ? bounds : [...bounds, this.ints(steps)])
  }
  Gather = (data: Value, indices: Value, axis = 0): Value => this.#one('Gather', [data, indices], { axis: int(axis) })
  GatherElements = (data: Value, indices: Value, axis = 0): Value =>
    this.#one('GatherElements', [data, indices], { axis: int(axis) })
  GatherND = (data: Value, indices: Value): Value => this.#one('GatherND', [data, indices])
  ScatterElements = (data: Value, indices: Value, updates: Value, axis = 0, reduction?: 'add'): Value =>
    this.#one('ScatterElements', [data, indices, updates], attributesOf({ axis, reduction }))
  ScatterND = (data: Value, indices: Value, updates: Value, reduction?: 'add'): Value =>
    this.#one('ScatterND', [data, indices, updates], attributesOf({ reduction }))
  /** The k largest (or smallest) numbers along an axis in order, and their int64 places. */
  TopK = (x: Value, k: number, axis = -1, largest = true): readonly Value[] =>
    this.node('TopK', [x, this.ints([k])], attributesOf({ axis, largest: largest ? undefined : 0 }), 2)
  /** The first `lengths` [batch] steps of each sequence in reverse, the others as they are; x [batch, steps, ...]. */
  ReverseSequence = (x: Value, lengths: Value): Value =>
    this.#one('ReverseSequence', [x, lengths], attributesOf({ batch_axis: 0, time_axis: 1 }))
  /** Pads of all axes: the begins, then the ends; less than 0 takes elements away. */
  Pad = (x: Value, pads: readonly number[], mode: 'constant' | 'reflect' | 'edge' = 'constant', value?: Value): Value =>
    pads.every((pad) => pad === 0)
      ? x
      : this.#one(
          'Pad',
          value ? [x, this.ints(pads), value] : [x, this.ints(pads)],
          attributesOf({ mode: mode === 'constant' ? undefined : mode }),
        )
  Tile = (x: Value, repeats: readonly number[]): Value => this.#one('Tile', [x, this.ints(repeats)])
  /** Each axis scaled: `nearest` repeats elements (whole scales), `linear` interpolates between their centres. */
  Resize = (x: Value, scales: readonly number[], mode: 'nearest' | 'linear' = 'nearest'): Value =>
    this.#one(
      'Resize',
      [x, null, this.#constant(`scales ${scales.join(' ')}`, 'scales', tensorOf('float32', [scales.length], scales))],
      mode === 'linear'
        ? attributesOf({ mode })
        : attributesOf({ mode, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }),
    )
  /** 1 at each index along a new last axis of this depth, 0 elsewhere. */
  OneHot = (indices: Value, depth: number, dtype: 'float32' | 'float64' = 'float32'): Value =>
    this.#one('OneHot', [
      indices,
      this.ints([depth]),
      this.#constant(`off-on ${dtype}`, 'off-on', tensorOf(dtype, [2], [0, 1])),
    ])
  Shape = (x: Value): Value => this.#one('Shape', [x])
  Cast = (x: Value, to: DType): Value => (x.dtype === to ? x : this.#one('Cast', [x], { to: int(dataTypes[to]) }))

  Equal = (a: Value, b: Value): Value => this.#one('Equal', [a, b])
  Less = (a: Value, b: Value): Value => this.#one('Less', [a, b])
  Greater = (a: Value, b: Value): Value => this.#one('Greater', [a, b])
  GreaterOrEqual = (a: Value, b: Value): Value => this.#one('GreaterOrEqual', [a, b])
  And = (a: Value, b: Value): Value => this.#one('And', [a, b])
  Or = (a: Value, b: Value): Value => this.#one('Or', [a, b])
  Not = (x: Value): Value => this.#one('Not', [x])
  BitShift = (x: Value, by: Value, direction: 'LEFT' | 'RIGHT'): Value =>
    this.#one('BitShift', [x, by], { direction: text(direction) })
  BitwiseXor = (a: Value, b: Value): Value => this.#one('BitwiseXor', [a, b])

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

  /** A fixed random uint32 word for each element of this shape: what graphs make random numbers from. */
  noise(shape: readonly number[]): Value {
    const data = Uint32Array.from({ length: sizeOf(shape) }, (_, index) => mix(index))
    return this.#constant(`noise ${shape.join(' ')}`, 'noise', { dtype: 'uint32', shape, data })
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
