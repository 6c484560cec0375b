/**
 * Keeps values in the layout they are stored in: what is computed element by element from a transposed value is computed before
 * its Transpose, so that chains of channels-first ops, written for channels-last values, have no Transpose between them.
 */
import type { Node, Value } from '../graph/graph.ts'
import { activation } from './activation.ts'
import { intAttribute, intsAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { elementwise } from './elementwise.ts'
import { logic } from './logic.ts'
import { normalizeAxis } from './op.ts'
import { opOf } from './table.ts'

const overAnAxis = ['Softmax', 'LogSoftmax', 'Hardmax', 'ArgMax', 'ArgMin', 'OneHot', 'PRelu', 'CumSum', 'TopK']
const pointwise = new Set(
  [...Object.keys(elementwise), ...Object.keys(activation), ...Object.keys(logic)].filter(
    (op) => !overAnAxis.includes(op),
  ),
)
/** Whether an op makes each element of its result from one element of each operand. */
export const isPointwise = (op: string): boolean => pointwise.has(op)
const isReduction = (op: string): boolean => op.startsWith('Reduce')

/** A value that is another one transposed, and how; matrices are left to the ops that take them transposed. */
interface Transposed {
  readonly source: Value
  readonly perm: readonly number[]
}

export function transposedFrom(g: Builder, value: Value | null): Transposed | null {
  const producer = value && value.shape.length > 2 ? g.producerOf(value) : undefined
  const source = producer?.op === 'Transpose' ? producer.inputs[0] : null
  return source && producer ? { source, perm: intsAttribute(producer.attributes, 'perm') ?? [] } : null
}

/** `outer` after `inner`: the axes of one Transpose that does both. */
export function composed(inner: readonly number[], outer: readonly number[]): readonly number[] {
  return outer.map((axis) => inner[axis] ?? axis)
}

/** The axes that undo a Transpose. */
export function inverse(perm: readonly number[]): readonly number[] {
  const result: number[] = []
  perm.forEach((axis, position) => (result[axis] = position))
  return result
}

/** The same node with its Transposes after it; null where it has none, or is of a kind that cannot be moved. */
export function beforeTranspose(
  g: Builder,
  op: string,
  inputs: readonly (Value | null)[],
  attributes: Node['attributes'],
): Value | null {
  const found = inputs.map((value) => transposedFrom(g, value)).find((each) => each !== null)
  if (!found) return null
  const { perm } = found
  // Stated, not asked for again: its small operands are Transposes themselves now, and would be moved back.
  const compute = (moved: readonly (Value | null)[], own = attributes): Value | null => {
    const types = opOf(op).infer({
      op,
      inputs: moved,
      attributes: own,
      outputs: 1,
      constant: (value) => g.constantOf(value),
    })
    return g.stated(op, moved, own, types)[0] ?? null
  }
  const back = (value: Value | null): Value | null => value && g.Transpose(value, perm)
  if (pointwise.has(op)) {
    if (inputs.some((value) => value && value.shape.length > perm.length)) return null
    return back(compute(inputs.map((value) => value && stored(g, value, perm))))
  }
  if (op === 'Concat') {
    const axis = perm[normalizeAxis(intAttribute(attributes, 'axis', 0), perm.length)] ?? 0
    const moved = inputs.map((value) => value && stored(g, value, perm))
    return back(compute(moved, { axis: { type: 'int', value: axis } }))
  }
  const [data, axes] = inputs
  if (isReduction(op) && data) {
    if (!axes) return intAttribute(attributes, 'keepdims', 1) === 1 ? null : compute([found.source])
    const reduced = g.constantInts(axes).map((axis) => normalizeAxis(axis, perm.length))
    const result = compute([found.source, g.ints(reduced.map((axis) => perm[axis] ?? axis))])
    if (!result || intAttribute(attributes, 'keepdims', 1) === 1) return back(result)
    const left = perm.filter((_, position) => !reduced.includes(position))
    const order = left.toSorted((a, b) => a - b)
    return g.Transpose(
      result,
      left.map((axis) => order.indexOf(axis)),
    )
  }
  return null
}

/** A value as it is stored where others are transposed by `perm`: its own source, or itself with its axes moved. */
function stored(g: Builder, value: Value, perm: readonly number[]): Value {
  if (value.shape.length === 0) return value
  const missing = perm.length - value.shape.length
  const full =
    missing > 0
      ? g.Unsqueeze(
          value,
          Array.from({ length: missing }, (_, axis) => axis),
        )
      : value
  return g.Transpose(full, inverse(perm))
}
