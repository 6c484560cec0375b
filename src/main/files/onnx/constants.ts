/** What a file computes from its own constants: shapes above all, with the number of rows still open. */
import type { DType, Tensor } from '#engine/graph/graph.ts'
import { sizeOf } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { FileNode } from '#engine/onnx/read.ts'
import { intOf, intsOf, numberOf } from './attributes.ts'
import type { Element, Known } from './values.ts'

/** Numbers in row-major order, some of them open. */
interface Block {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: readonly Element[]
}

/** A value's numbers; undefined where it has none of its own. */
function blockOf(known: Known | null | undefined): Block | undefined {
  if (known?.kind === 'constant' && known.tensor.dtype !== 'string') {
    const { dtype, shape, data } = known.tensor
    return { dtype, shape, data: Array.from(data, Number) }
  }
  return known?.kind === 'elements' ? { dtype: 'int64', shape: known.shape, data: known.data } : undefined
}

function knownOf({ dtype, shape, data }: Block): Known {
  const numbers = data.filter((element) => typeof element === 'number')
  if (numbers.length < data.length || dtype === 'string') return { kind: 'elements', shape, data }
  return { kind: 'constant', tensor: tensorOf(dtype, shape, numbers) }
}

/** The numbers of a list or a single one; undefined where they are not known. */
export function elementsOf(known: Known | null | undefined): readonly Element[] | undefined {
  return blockOf(known)?.data
}

const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

const stridesOf = (shape: readonly number[]): readonly number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))

/** The block whose element at each position comes from where `source` says, a position of the old one. */
function moved(
  block: Block,
  shape: readonly number[],
  source: (position: readonly number[]) => readonly number[],
): Block {
  const [strides, from] = [stridesOf(shape), stridesOf(block.shape)]
  const data = Array.from({ length: sizeOf(shape) }, (_, index): Element => {
    const position = strides.map((stride, axis) => Math.floor(index / stride) % (shape[axis] ?? 1))
    return block.data[source(position).reduce((sum, place, axis) => sum + place * (from[axis] ?? 1), 0)] ?? 'open'
  })
  return { dtype: block.dtype, shape, data }
}

function broadcast(block: Block, shape: readonly number[]): Block {
  const missing = shape.length - block.shape.length
  return moved(block, shape, (position) =>
    block.shape.map((size, axis) => (size === 1 ? 0 : (position[axis + missing] ?? 0))),
  )
}

function together(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const [one = 1, other = 1] = [a[a.length - rank + axis], b[b.length - rank + axis]]
    return one === 1 ? other : one
  })
}

type Combine = (a: number, b: number, whole: boolean) => number

const binaries: Readonly<Record<string, Combine>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b, whole) => (whole ? Math.trunc(a / b) : a / b),
  Pow: (a, b) => a ** b,
  Max: (a, b) => Math.max(a, b),
  Min: (a, b) => Math.min(a, b),
  Mod: (a, b) => a - b * Math.floor(a / b),
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  Less: (a, b) => Number(a < b),
}

const unaries: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Reciprocal: (x) => 1 / x,
  Floor: Math.floor,
  Ceil: Math.ceil,
}

/** Two numbers combined, when one of them may depend on the batch. */
function combineElements(op: string, a: Element, b: Element, whole: boolean): Element {
  const combine = binaries[op]
  if (combine && typeof a === 'number' && typeof b === 'number') return combine(a, b, whole)
  // No size is below 0, so a size that depends on the batch is never the -1 that shapes are compared with.
  if (op === 'Equal' && (a === -1 || b === -1)) return 0
  if ((op === 'Mul' || op === 'Div') && b === 1) return a
  return op === 'Mul' && a === 1 ? b : 'open'
}

function binary(op: string, a: Block, b: Block): Block {
  const shape = together(a.shape, b.shape)
  const [left, right] = [broadcast(a, shape), broadcast(b, shape)]
  const whole = !a.dtype.startsWith('float')
  const data = left.data.map((element, index) => combineElements(op, element, right.data[index] ?? 'open', whole))
  return { dtype: ['Equal', 'Greater', 'Less'].includes(op) ? 'bool' : a.dtype, shape, data }
}

const castTypes: Readonly<Record<number, DType>> = { 1: 'float32', 6: 'int32', 7: 'int64', 9: 'bool', 11: 'float64' }

type Rule = (node: FileNode, inputs: readonly (Block | undefined)[]) => Block | null

const rules: Readonly<Record<string, Rule>> = {
  Identity: (_, [x]) => x ?? null,
  Cast: (node, [x]) => {
    const dtype = castTypes[intOf(node, 'to', 1)]
    if (!x || !dtype) return null
    const whole = !dtype.startsWith('float')
    return { ...x, dtype, data: x.data.map((each) => (whole && typeof each === 'number' ? Math.trunc(each) : each)) }
  },
  Transpose: (node, [x]) => {
    if (!x) return null
    const perm = intsOf(node, 'perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis)
    return moved(
      x,
      perm.map((axis) => x.shape[axis] ?? 1),
      (position) => x.shape.map((_, axis) => position[perm.indexOf(axis)] ?? 0),
    )
  },
  Reshape: (_, [x, target]) => {
    const sizes = target?.data.filter((each) => typeof each === 'number')
    if (!x || !sizes || sizes.length !== target?.data.length) return null
    const copied = sizes.map((size, axis) => (size === 0 ? (x.shape[axis] ?? 1) : size))
    const known = copied.reduce((product, size) => (size === -1 ? product : product * size), 1)
    return { ...x, shape: copied.map((size) => (size === -1 ? x.data.length / known : size)) }
  },
  Unsqueeze: (node, [x, axes]) => {
    const places = listOf(axes) ?? intsOf(node, 'axes')
    if (!x || !places) return null
    const rank = x.shape.length + places.length
    const added = places.map((axis) => normal(axis, rank))
    const left = [...x.shape]
    return { ...x, shape: Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (left.shift() ?? 1))) }
  },
  Squeeze: (node, [x, axes]) => {
    if (!x) return null
    const places = (listOf(axes) ?? intsOf(node, 'axes'))?.map((axis) => normal(axis, x.shape.length))
    return { ...x, shape: x.shape.filter((size, axis) => (places ? !places.includes(axis) : size !== 1)) }
  },
  Gather: (node, [x, indices]) => {
    const places = listOf(indices)
    if (!x || !indices || !places) return null
    const axis = normal(intOf(node, 'axis', 0), x.shape.length)
    const size = x.shape[axis] ?? 1
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
    const strides = stridesOf(indices.shape)
    return moved(x, shape, (position) => {
      const place = strides.reduce((sum, stride, index) => sum + stride * (position[axis + index] ?? 0), 0)
      return [
        ...position.slice(0, axis),
        normal(places[place] ?? 0, size),
        ...position.slice(axis + indices.shape.length),
      ]
    })
  },
  Slice: (node, [x, starts, ends, axes, steps]) => {
    if (!x) return null
    const ranges = slicesOf(node, x.shape, [listOf(starts), listOf(ends), listOf(axes), listOf(steps)])
    if (!ranges) return null
    return moved(
      x,
      ranges.map(({ size }) => size),
      (position) => position.map((place, axis) => (ranges[axis]?.start ?? 0) + place * (ranges[axis]?.step ?? 1)),
    )
  },
  Concat: (node, inputs) => {
    const parts = inputs.filter((part) => part !== undefined)
    const [first] = parts
    if (!first || parts.length < inputs.length) return null
    const axis = normal(intOf(node, 'axis', 0), first.shape.length)
    const rows = sizeOf(first.shape.slice(0, axis))
    const data = Array.from({ length: rows }, (_, row) =>
      parts.flatMap((part) => part.data.slice((row * part.data.length) / rows, ((row + 1) * part.data.length) / rows)),
    ).flat()
    const size = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 1), 0)
    return { dtype: first.dtype, shape: first.shape.with(axis, size), data }
  },
  Expand: (_, [x, target]) => {
    const sizes = listOf(target)
    return x && sizes ? broadcast(x, together(x.shape, sizes)) : null
  },
  ConstantOfShape: (node, [target]) => {
    const shape = listOf(target)
    if (!shape) return null
    const value = node.attributes['value']
    const tensor: Tensor = value?.type === 'tensor' ? value.value : tensorOf('float32', [1], [0])
    const number = Number(tensor.data[0] ?? 0)
    return { dtype: tensor.dtype, shape, data: Array.from({ length: sizeOf(shape) }, () => number) }
  },
  Range: (_, inputs) => {
    const [start, limit, step] = inputs.map((each) => each?.data[0])
    if (typeof start !== 'number' || typeof limit !== 'number' || typeof step !== 'number') return null
    const data = Array.from(
      { length: Math.max(Math.ceil((limit - start) / step), 0) },
      (_, index) => start + index * step,
    )
    return { dtype: inputs[0]?.dtype ?? 'int64', shape: [data.length], data }
  },
  Where: (_, [condition, a, b]) => {
    if (!condition || !a || !b) return null
    const shape = together(condition.shape, together(a.shape, b.shape))
    const [which, yes, no] = [condition, a, b].map((block) => broadcast(block, shape).data)
    const data = (which ?? []).map((each, index): Element => {
      if (typeof each !== 'number') return 'open'
      return (each === 0 ? no?.[index] : yes?.[index]) ?? 'open'
    })
    return { dtype: a.dtype, shape, data }
  },
  ReduceProd: (_, [x]) => {
    if (!x) return null
    const product = x.data.reduce<Element>((result, each) => combineElements('Mul', result, each, true), 1)
    return { dtype: x.dtype, shape: [], data: [product] }
  },
}

/** A list of plain numbers; undefined where one is open. */
export function listOf(block: Pick<Block, 'data'> | undefined): readonly number[] | undefined {
  const numbers = block?.data.filter((each) => typeof each === 'number')
  return numbers && numbers.length === block?.data.length ? numbers : undefined
}

/** What a node makes of constants alone; null where it takes something else, or is no op that shapes are made with. */
export function evaluate(node: FileNode, inputs: readonly (Known | null)[]): Known | null {
  if (node.op === 'Constant') return constantOf(node)
  const uniform = filledBy(node, inputs)
  if (uniform) return uniform
  const constant = inputs.every((known) => known === null || known.kind === 'constant' || known.kind === 'elements')
  if (inputs.length === 0 || !constant || !isEvaluated(node.op)) return null
  const blocks = inputs.map((known) => blockOf(known))
  const [a, b] = blocks
  const unary = unaries[node.op]
  if (unary && a)
    return knownOf({ ...a, data: a.data.map((each) => (typeof each === 'number' ? unary(each) : 'open')) })
  const block = binaries[node.op] && a && b ? binary(node.op, a, b) : (rules[node.op]?.(node, blocks) ?? null)
  return block && knownOf(block)
}

const isEvaluated = (op: string): boolean => [unaries, binaries, rules].some((table) => Object.hasOwn(table, op))

function constantOf(node: FileNode): Known | null {
  const value = node.attributes['value']
  if (value?.type === 'tensor') return { kind: 'constant', tensor: value.value }
  for (const [name, dtype] of [
    ['value_float', 'float32'],
    ['value_floats', 'float32'],
    ['value_int', 'int64'],
    ['value_ints', 'int64'],
  ] as const) {
    const attribute = node.attributes[name]
    if (attribute?.type === 'int' || attribute?.type === 'float')
      return { kind: 'constant', tensor: tensorOf(dtype, [], [attribute.value]) }
    if (attribute?.type === 'ints' || attribute?.type === 'floats')
      return { kind: 'constant', tensor: tensorOf(dtype, [attribute.value.length], attribute.value) }
  }
  return null
}

/** A tensor of one number in as many places as there are rows, and its parts: the state that recurrent nets start from. */
function filledBy(node: FileNode, [first, second]: readonly (Known | null)[]): Known | null {
  if (node.op === 'ConstantOfShape' && first?.kind === 'elements')
    return { kind: 'filled', value: Number(numberOf(node, 'value') ?? 0) }
  if (
    first?.kind === 'filled' &&
    ['Slice', 'Expand', 'Unsqueeze', 'Squeeze', 'Transpose', 'Cast', 'Identity', 'Reshape', 'Split', 'Gather'].includes(
      node.op,
    )
  )
    return first
  if ((node.op === 'Expand' || node.op === 'Tile') && second?.kind === 'elements' && first?.kind === 'constant') {
    const [value = 0, ...others] = Array.from(first.tensor.data, Number)
    return others.every((other) => other === value) ? { kind: 'filled', value } : null
  }
  return null
}

export interface SliceRange {
  readonly start: number
  readonly step: number
  readonly size: number
}

/** The range a Slice takes of each axis; undefined where it says it in numbers that are open. */
export function slicesOf(
  node: FileNode,
  shape: readonly number[],
  lists: readonly (readonly number[] | undefined)[],
): readonly SliceRange[] | undefined {
  const [starts = intsOf(node, 'starts'), ends = intsOf(node, 'ends'), given = intsOf(node, 'axes'), steps] = lists
  if (!starts || !ends) return undefined
  const axes = (given ?? starts.map((_, axis) => axis)).map((axis) => normal(axis, shape.length))
  return shape.map((size, axis) => {
    const index = axes.indexOf(axis)
    if (index < 0) return { start: 0, step: 1, size }
    const step = steps?.[index] ?? 1
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
    const place = (at: number): number => Math.min(Math.max(normal(at, size), low), high)
    // A last place below the first one is written so far below 0 that it stays there.
    const [start, end] = [starts[index] ?? 0, ends[index] ?? size].map(place)
    return { start: start ?? 0, step, size: Math.max(Math.ceil(((end ?? 0) - (start ?? 0)) / step), 0) }
  })
}
