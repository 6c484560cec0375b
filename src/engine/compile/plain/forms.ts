/** The forms of ops in ONNX's own, over values that lie as their shapes say. */
import type { Node, Value } from '../../graph/graph.ts'
import { intsAttribute } from '../../ops/attributes.ts'
import type { Builder } from '../../ops/builder.ts'
import type { Readers } from '../readers.ts'
import { plainInputGradient, plainWeightGradient } from './convolution.ts'
import { plainMaxPoolGradient } from './pooling.ts'
import { comparedWithZero, positive, signOf } from './positive.ts'

export interface Lowered {
  readonly g: Builder
  /** The node on the values of the new graph, and as it was, on values that `readers` knows. */
  readonly node: Node
  readonly original: Node
  readonly readers: Readers
  /** What a value of the old graph has become. */
  now(value: Value): Value
}

/** By op: the results in other ops, or null to leave it as it is. */
export const plainForms: Readonly<Record<string, (lowered: Lowered) => readonly Value[] | null>> = {
  ConvInputGradient: ({ g, node }) => [plainInputGradient(g, node)],
  ConvWeightGradient: ({ g, node }) => [plainWeightGradient(g, node)],
  MaxPoolGradient: ({ g, node }) => [plainMaxPoolGradient(g, node)],
  // What a form leaves transposed need not be transposed back.
  Transpose: ({ g, node }) => {
    const [x] = node.inputs
    const perm = intsAttribute(node.attributes, 'perm')
    return x && perm && g.producerOf(x)?.op === 'Transpose' ? [g.Transpose(x, perm)] : null
  },
  Sign: ({ g, node }) => {
    const [x] = node.inputs
    return x?.dtype === 'float32' ? [signOf(g, x)] : null
  },
  Cast: ({ g, original, readers, now }) => {
    const x = comparedWithZero(
      original,
      (value) => readers.producerOf(value),
      (value) => g.constantOf(value),
    )
    return x && [positive(g, now(x))]
  },
  Mul: ({ g, original, readers, now }) => {
    const masked = maskedPoolGradient(g, original, readers)
    if (!masked) return null
    const { node, y, dy } = masked
    const inputs = [...node.inputs.slice(0, 2), dy].map((value) => value && now(value))
    const [x = null, pooled = null, gradient] = inputs
    return gradient
      ? [plainMaxPoolGradient(g, { ...node, inputs: [x, pooled, g.Mul(gradient, positive(g, now(y)))] })]
      : null
  },
}

/**
 * Where a node lets through what MaxPool's gradient gives to the places with x > 0: the same as giving only dy where y > 0, since
 * the places that get something hold y. That is less to multiply.
 */
export function maskedPoolGradient(
  g: Builder,
  { inputs }: Node,
  readers: Readers,
): { readonly node: Node; readonly y: Value; readonly dy: Value } | null {
  const producers = inputs.map((value) => readers.producerOf(value))
  const at = producers.findIndex((producer) => producer?.op === 'MaxPoolGradient')
  const [node, mask] = [producers[at], producers[1 - at]]
  const [spread] = node?.outputs ?? []
  if (!node || !spread || readers.onlyReaderOf(spread) === undefined) return null
  const compared = comparedWithZero(
    mask,
    (value) => readers.producerOf(value),
    (value) => g.constantOf(value),
  )
  const [x, y, dy] = node.inputs
  return compared && compared.name === x?.name && y && dy ? { node, y, dy } : null
}
