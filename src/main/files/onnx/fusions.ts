/** Normalizations and states that a file spells out in several nodes, put together as the one op they are. */
import type { Tensor } from '#engine/graph/graph.ts'
import type { FileNode, ModelFile } from '#engine/onnx/read.ts'
import { intOf, intsOf, single } from './attributes.ts'

/** The same network with single nodes for what was spelled out; those that nothing reads any more are left out. */
export function fused(file: ModelFile): readonly FileNode[] {
  const pattern = new Pattern(file)
  const nodes = file.nodes.map((node) => pattern.replacement(node) ?? node)
  const needed = new Set(file.outputs.map(({ name }) => name))
  return nodes
    .toReversed()
    .filter(({ inputs, outputs }) => {
      const used = outputs.some((name) => needed.has(name))
      if (used) for (const name of inputs) needed.add(name)
      return used
    })
    .toReversed()
}

class Pattern {
  readonly #makers: ReadonlyMap<string, FileNode>
  readonly #initializers: ReadonlyMap<string, Tensor>

  constructor({ nodes, initializers }: ModelFile) {
    this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
    this.#initializers = initializers
  }

  replacement(node: FileNode): FileNode | null {
    return this.#normalization(node) ?? this.#groups(node) ?? this.#state(node)
  }

  /** The node that makes a value, when it is of this op. */
  #maker(name: string | undefined, op: string): FileNode | undefined {
    const node = name === undefined ? undefined : this.#makers.get(name)
    return node?.op === op ? node : undefined
  }

  #constant(name: string | undefined): Tensor | undefined {
    if (name === undefined) return undefined
    const value = this.#maker(name, 'Constant')?.attributes['value']
    return this.#initializers.get(name) ?? (value?.type === 'tensor' ? value.value : undefined)
  }

  #number(name: string | undefined): number | undefined {
    const tensor = this.#constant(name)
    return tensor && single(tensor)
  }

  /** The axes of a mean that keeps them, and what it is the mean of. */
  #mean(name: string | undefined): { readonly of: string; readonly axes: readonly number[] } | undefined {
    const node = this.#maker(name, 'ReduceMean')
    const given = this.#constant(node?.inputs[1])
    const axes = node && (intsOf(node, 'axes') ?? (given && Array.from(given.data, Number)))
    const [of] = node?.inputs ?? []
    return node && of !== undefined && axes && intOf(node, 'keepdims', 1) === 1 ? { of, axes } : undefined
  }

  /** What is squared: x · x or x². */
  #squared(name: string): string | undefined {
    const power = this.#maker(name, 'Pow')
    if (power && this.#number(power.inputs[1]) === 2) return power.inputs[0]
    const [a, b] = this.#maker(name, 'Mul')?.inputs ?? []
    return a === b ? a : undefined
  }

  /** √(mean of squares + ε) */
  #deviation(name: string | undefined) {
    const sum = this.#maker(this.#maker(name, 'Sqrt')?.inputs[0], 'Add')
    const [a, b] = sum?.inputs ?? []
    const epsilon = this.#number(b) ?? this.#number(a)
    const mean = this.#mean(a) ?? this.#mean(b)
    const of = mean && this.#squared(mean.of)
    return mean && of !== undefined && epsilon !== undefined ? { of, axes: mean.axes, epsilon } : undefined
  }

  /** A difference from the mean, and what it is of. */
  #centered(name: string): { readonly of: string; readonly axes: readonly number[] } | undefined {
    const [of, average] = this.#maker(name, 'Sub')?.inputs ?? []
    const mean = this.#mean(average)
    return of !== undefined && mean?.of === of ? mean : undefined
  }

  /** (x - μ) / √(σ² + ε), or x / √(mean x² + ε), as a quotient or a product with the reciprocal. */
  #normalization(node: FileNode): FileNode | null {
    const [numerator, second] = node.inputs
    const reciprocal = node.op === 'Mul' ? this.#maker(second, 'Reciprocal')?.inputs[0] : undefined
    const deviation = this.#deviation(node.op === 'Div' ? second : reciprocal)
    if (!deviation || numerator === undefined) return null
    const { axes, epsilon } = deviation
    const plain = deviation.of === numerator && !this.#centered(numerator)
    const centered = this.#centered(numerator)
    const around = this.#centered(deviation.of)
    const of = plain ? numerator : centered && centered.of === around?.of ? centered.of : undefined
    if (of === undefined || (centered && centered.axes.join() !== axes.join())) return null
    return {
      ...node,
      op: plain ? 'RMSNormalization' : 'LayerNormalization',
      inputs: [of],
      attributes: { axes: { type: 'ints', value: axes }, epsilon: { type: 'float', value: epsilon } },
    }
  }

  /** Channels in groups as channels of their own, normalized, and back. */
  #groups(node: FileNode): FileNode | null {
    const [normalized, shape = ''] = node.op === 'Reshape' ? node.inputs : []
    const instance = this.#maker(normalized, 'InstanceNormalization')
    const before = this.#maker(instance?.inputs[0], 'Reshape')
    const [rows, groups, rest, ...more] = Array.from(this.#constant(before?.inputs[1])?.data ?? [], Number)
    const neutral =
      this.#isAll(instance?.inputs[1], 1) &&
      this.#isAll(instance?.inputs[2], 0) &&
      rows === 0 &&
      rest === -1 &&
      more.length === 0
    const [of] = before?.inputs ?? []
    if (!instance || of === undefined || groups === undefined || !neutral) return null
    const { epsilon } = instance.attributes
    return {
      ...node,
      op: 'GroupNormalization',
      inputs: [of, '', '', shape],
      attributes: { num_groups: { type: 'int', value: groups }, ...(epsilon ? { epsilon } : {}) },
    }
  }

  #isAll(name: string | undefined, value: number): boolean {
    const tensor = this.#constant(name)
    return tensor !== undefined && Array.from(tensor.data, Number).every((each) => each === value)
  }

  /** One of the last states of several recurrent layers on top of each other. */
  #state(node: FileNode): FileNode | null {
    const index = node.op === 'Gather' && intOf(node, 'axis', 0) === 0 ? this.#number(node.inputs[1]) : undefined
    const stack = this.#maker(node.inputs[0], 'Concat')
    if (index === undefined || !stack || intOf(stack, 'axis', 0) !== 0) return null
    const single = stack.inputs.every((name) => {
      const maker = this.#makers.get(name)
      const direction = maker?.attributes['direction']
      const both = direction?.type === 'string' && direction.value === 'bidirectional'
      return maker !== undefined && ['LSTM', 'GRU', 'RNN'].includes(maker.op) && maker.outputs[1] === name && !both
    })
    const state = stack.inputs.at(index)
    if (!single || state === undefined) return null
    return { ...node, op: 'Squeeze', inputs: [state], attributes: { axes: { type: 'ints', value: [0] } } }
  }
}
