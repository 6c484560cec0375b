/** What is known of a value of the file: its numbers, or the layer it comes from. */
import type { Tensor } from '#engine/graph/graph.ts'
import type { Curve } from './curves.ts'
import type { Flow } from './sheet.ts'

/** A number of shape arithmetic: the rows of a batch, or something that depends on them. */
export type Element = number | 'batch' | 'open'

export type Known =
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  /** Shape arithmetic with the batch in it. */
  | { readonly kind: 'elements'; readonly shape: readonly number[]; readonly data: readonly Element[] }
  /** The same number everywhere, in a shape that depends on the batch. */
  | { readonly kind: 'filled'; readonly value: number }
  /** A function of every number of a layer's output. */
  | { readonly kind: 'flow'; readonly flow: Flow; readonly curve: Curve }
  /** Part of a network that could not be read. */
  | { readonly kind: 'unknown' }

export const unknown: Known = { kind: 'unknown' }
