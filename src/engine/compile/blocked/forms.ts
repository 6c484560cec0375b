/** By op: how it is computed over blocked images. */
import type { Node } from '../../graph/graph.ts'
import { isPointwise } from '../../ops/layout.ts'
import { convInputGradient, convTranspose, convWeightGradient, convolution } from './forms/convolution.ts'
import { pointwise } from './forms/elementwise.ts'
import type { BlockedForm } from './forms/form.ts'
import { concat, pad, reshape, resize, slice, transpose } from './forms/movement.ts'
import { batchNormalization } from './forms/normalization.ts'
import { maxPoolGradient, pooling, product } from './forms/pooling.ts'
import { reduce, reducePlaces } from './forms/reduction.ts'

const forms: Readonly<Record<string, BlockedForm>> = {
  Conv: convolution,
  ConvTranspose: convTranspose,
  ConvInputGradient: convInputGradient,
  ConvWeightGradient: convWeightGradient,
  MaxPool: pooling,
  AveragePool: pooling,
  MaxPoolGradient: maxPoolGradient,
  GlobalAveragePool: reducePlaces,
  GlobalMaxPool: reducePlaces,
  BatchNormalization: batchNormalization,
  Mul: product,
  Transpose: transpose,
  Reshape: reshape,
  Resize: resize,
  Pad: pad,
  Slice: slice,
  Concat: concat,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceSumSquare: reduce,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ReduceL1: reduce,
}

/** How a node is computed over blocked images; undefined where it is not. */
export function blockedFormOf(node: Node): BlockedForm | undefined {
  if (node.domain !== '' && forms[node.op] === undefined) return undefined
  return forms[node.op] ?? (isPointwise(node.op) || node.op === 'Identity' ? pointwise : undefined)
}
