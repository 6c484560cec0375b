/** One node of a file, as the code that draws it sees it: its operands, its settings, and the sheet it is drawn on. */
import { formatShape, type Tensor } from '#engine/graph/graph.ts'
import type { FileNode } from '#engine/onnx/read.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { intOf, intsOf, single } from './attributes.ts'
import { apply, identity, operands, recognize, respelled, type Curve } from './curves.ts'
import { elementsOf } from './constants.ts'
import { floats, floatsOf, type Floats } from './floats.ts'
import { layerName } from './names.ts'
import { batchAxis, batchSize, dimsOf, whole, type Draft, type Flow, type Sheet } from './sheet.ts'
import { spread } from './spread.ts'
import type { Element, Known } from './values.ts'

/** Says why a node has no counterpart; whoever draws the file collects them all. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly node: FileNode
  constructor(node: FileNode, reason: string) {
    super(reason)
    this.node = node
  }
}

/** What a step may know of the drawing as a whole. */
export interface Surroundings {
  readonly sheet: Sheet
  readonly opset: number
  readonly nodes: readonly FileNode[]
  /** Curves that have become layers, by the layer they start from. */
  readonly realized: Map<Curve, Map<Draft, Flow>>
  /** How many nodes and outputs read a value. */
  readonly readers: ReadonlyMap<string, number>
  known(name: string): Known
  warn(message: string): void
}

export interface LayerRequest {
  readonly kind: string
  readonly params?: Readonly<Record<string, ParamValue>>
  readonly inputs: readonly Draft[]
  readonly weights?: Readonly<Record<string, Floats>>
  readonly sizes: readonly number[]
}

export class Step {
  readonly node: FileNode
  readonly sheet: Sheet
  readonly opset: number
  readonly #around: Surroundings
  readonly #results = new Map<string, Known>()

  constructor(node: FileNode, around: Surroundings) {
    this.node = node
    this.sheet = around.sheet
    this.opset = around.opset
    this.#around = around
  }

  /** What the node puts out, by the names of its outputs. */
  get results(): ReadonlyMap<string, Known> {
    return this.#results
  }

  /** Throws: this node has no counterpart, for a reason that completes "the node /a/Conv (Conv) ...". */
  refuse(reason: string): never {
    throw new Refusal(this.node, reason)
  }

  warn(message: string): void {
    this.#around.warn(message)
  }

  /** Whether anything reads the output. */
  isRead(output: number): boolean {
    const name = this.node.outputs[output]
    return name !== undefined && name !== '' && (this.#around.readers.get(name) ?? 0) > 0
  }

  operand(index: number): Known | null {
    const name = this.node.inputs[index]
    return name === undefined || name === '' ? null : this.#around.known(name)
  }

  get operands(): readonly (Known | null)[] {
    return this.node.inputs.map((_, index) => this.operand(index))
  }

  /** An operand that comes from a layer. */
  flow(index = 0): Flow {
    const known = this.operand(index)
    if (known?.kind === 'flow') return this.realize(known)
    return this.refuse(`takes a constant as input ${index + 1}, where a layer is expected`)
  }

  /** An operand that is a constant of the file; undefined where it is left out. */
  constant(index: number, what: string): Tensor | undefined {
    const known = this.operand(index)
    if (known === null) return undefined
    if (known.kind === 'constant') return known.tensor
    return this.refuse(`computes its ${what} instead of holding them; store them in the file as constants`)
  }

  floats(index: number, what: string): Floats | undefined {
    const tensor = this.constant(index, what)
    return tensor && floatsOf(tensor)
  }

  /** A constant that has to be there. */
  weights(index: number, what: string): Floats {
    return this.floats(index, what) ?? this.refuse(`has no ${what}`)
  }

  /** A list that is an attribute in older files and an operand in newer ones; undefined where it is left out. */
  list(name: string, index: number): readonly number[] | undefined {
    if (this.operand(index) === null) return intsOf(this.node, name)
    const numbers = this.elements(index, name).filter((each) => typeof each === 'number')
    if (numbers.length === this.elements(index, name).length) return numbers
    return this.refuse(`takes ${name} that depend on the number of rows; export the model with fixed sizes`)
  }

  elements(index: number, what: string): readonly Element[] {
    return (
      elementsOf(this.operand(index)) ??
      this.refuse(`computes its ${what} from the data; export the model with fixed sizes`)
    )
  }

  /** A single number that is an attribute or an operand. */
  number(name: string, index: number): number | undefined {
    const tensor = this.operand(index) === null ? undefined : this.constant(index, name)
    if (tensor) return single(tensor)
    const attribute = this.node.attributes[name]
    return attribute?.type === 'float' || attribute?.type === 'int' ? attribute.value : undefined
  }

  /** An axis of a value, counted from the front. */
  axis(flow: Flow, preset: number): number {
    const axis = intOf(this.node, 'axis', preset)
    return axis < 0 ? axis + flow.axes.length : axis
  }

  /** Adds a layer that is named after this node. */
  layer({ kind, params = {}, inputs, weights = {}, sizes }: LayerRequest): Draft {
    return this.sheet.add({
      name: layerName(this.node, kind, this.#around.nodes),
      kind,
      params,
      inputs,
      weights,
      sizes,
    })
  }

  give(flow: Flow, output = 0): void {
    this.giveKnown({ kind: 'flow', flow, curve: identity }, output)
  }

  giveKnown(known: Known, output = 0): void {
    const name = this.node.outputs[output]
    if (name) this.#results.set(name, known)
  }

  /** The value in these axes of the file after the batch's, several in one where a group has several. */
  arrange(flow: Flow, groups: readonly (readonly number[])[]): Draft {
    return (
      this.sheet.arrange(flow, groups) ??
      this.refuse(`mixes the rows of a batch: ${this.shapeOf(flow)}; each row has to stay by itself`)
    )
  }

  /** The value with its axes as in the file, the batch first. */
  natural(flow: Flow): Draft {
    const batch = batchAxis(flow)
    return this.arrange(
      flow,
      flow.axes.flatMap((_, axis) => (axis === batch ? [] : [[axis]])),
    )
  }

  /** Images or sequences of the file, [batch, channels, ...places], with their channels last. */
  channelsLast(flow: Flow, places: number): Draft {
    if (flow.axes.length !== places + 2 || batchAxis(flow) !== 0)
      return this.refuse(`takes ${this.shapeOf(flow)}, where [batch, channels${', size'.repeat(places)}] is expected`)
    return this.arrange(flow, [...Array.from({ length: places }, (_, axis) => [axis + 2]), [1]])
  }

  /** A channels-last layer as the file has it: [batch, channels, ...places]. */
  channelsFirst(layer: Draft): Flow {
    const places = layer.sizes.length - 1
    return { layer, axes: [[0], [places + 1], ...Array.from({ length: places }, (_, axis) => [axis + 1])] }
  }

  /** A shape as the file has it, for messages. */
  shapeOf(flow: Flow): string {
    return formatShape(
      dimsOf(flow).map((size) => {
        if (size % batchSize !== 0) return size
        return size === batchSize ? 'batch' : `batch · ${size / batchSize}`
      }),
    )
  }

  /** The layers that compute a value. */
  realize({ flow, curve }: { readonly flow: Flow; readonly curve: Curve }): Flow {
    if (curve.op === 'x') return flow
    const known = this.#around.realized.get(curve)?.get(flow.layer)
    if (known) return { layer: known.layer, axes: flow.axes }
    const made = this.#compute(flow, curve)
    const map = this.#around.realized.get(curve) ?? new Map<Draft, Flow>()
    this.#around.realized.set(curve, map.set(flow.layer, made))
    return made
  }

  #compute(flow: Flow, curve: Curve): Flow {
    const own = 'node' in curve && curve.node && curve.node !== this.node ? new Step(curve.node, this.#around) : null
    if (own) return own.realize({ flow, curve })
    const recognized = recognize(curve)
    if (recognized?.kind === 'linear') {
      const { factor, offset } = recognized
      if (factor === 1 && offset === 0) return flow
      return this.scale(flow, floats([], [factor]), floats([], [offset]))
    }
    if (recognized) {
      const { layer: kind, params } = recognized
      const layer = this.layer({ kind, params, inputs: [flow.layer], sizes: flow.layer.sizes })
      return { layer, axes: flow.axes }
    }
    const parts = operands(curve).filter((part) => part.op !== 'number')
    const [first] = parts
    if (parts.length > 1) return this.#merge(flow, curve, parts)
    if (first && first.op !== 'x') {
      const inner = this.realize({ flow, curve: first })
      const outer = apply(
        curve.op,
        operands(curve).map((part) => (part === first ? identity : part)),
        'attributes' in curve ? curve.attributes : {},
        'node' in curve ? curve.node : null,
      )
      return this.realize({ flow: inner, curve: outer })
    }
    const simpler = respelled(curve)
    if (simpler) return this.realize({ flow, curve: simpler })
    return this.refuse(
      `computes ${curve.op} with settings no layer has; replace it by an activation of the toolbox, or leave it out of the export`,
    )
  }

  #merge(flow: Flow, curve: Curve, parts: readonly Curve[]): Flow {
    const kind = mergeKinds[curve.op]
    if (!kind || parts.length < operands(curve).length)
      return this.refuse(`combines values by ${curve.op}, which no layer does; leave it out of the export`)
    const inputs = parts.map((part) => this.realize({ flow, curve: part }).layer)
    return { layer: this.layer({ kind, inputs, sizes: flow.layer.sizes }), axes: flow.axes }
  }

  /** x · factor + offset with constants of the file, each broadcast to the value. */
  scale(flow: Flow, factor: Floats, offset: Floats): Flow {
    const fit = (tensor: Floats) =>
      spread(flow, tensor) ??
      this.refuse(
        `combines ${this.shapeOf(flow)} with constants of ${formatShape(tensor.shape)}, which changes its shape`,
      )
    const [gamma, beta] = [fit(factor), fit(offset)]
    const { layer } = flow
    const varying = new Set([...gamma.axes, ...beta.axes])
    const [axis = layer.sizes.length] = varying
    const size = layer.sizes[axis - 1] ?? 1
    if (varying.size <= 1) {
      const weights = { gamma: gamma.over([axis]), beta: beta.over([axis]) }
      const sized = { gamma: floats([size], weights.gamma.data), beta: floats([size], weights.beta.data) }
      const scaled = this.layer({
        kind: 'scale',
        params: { axis },
        inputs: [layer],
        weights: sized,
        sizes: layer.sizes,
      })
      return { layer: scaled, axes: flow.axes }
    }
    const all = layer.sizes.map((_, index) => index + 1)
    const count = layer.sizes.reduce((product, each) => product * each, 1)
    const flat = whole(this.sheet.reshape(layer, [count]))
    const scaled = this.layer({
      kind: 'scale',
      params: { axis: 1 },
      inputs: [flat.layer],
      weights: { gamma: floats([count], gamma.over(all).data), beta: floats([count], beta.over(all).data) },
      sizes: [count],
    })
    return { layer: this.sheet.reshape(scaled, layer.sizes), axes: flow.axes }
  }
}

/** The layers that combine values, by ONNX' names. */
export const mergeKinds: Readonly<Record<string, string>> = {
  Add: 'add',
  Sum: 'add',
  Sub: 'subtract',
  Mul: 'multiply',
  Max: 'maximum',
  Min: 'minimum',
  Mean: 'average',
}
