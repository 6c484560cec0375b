/** What the rules of the blocked layout have in common. */
import type { Node, Value } from '../../../graph/graph.ts'
import type { Layouts } from '../layouts.ts'

/**
 * Writes a node of the old graph in blocks and says what became of its outputs; false leaves it to its plain form. Operands
 * come from the layouts, in whichever form they are asked for.
 */
export type BlockedForm = (layouts: Layouts, node: Node) => boolean

/** The first input and output of a node, where it has them. */
export function mainOf({ inputs, outputs }: Node): { readonly x: Value; readonly y: Value } | null {
  const [x] = inputs
  const [y] = outputs
  return x && y && outputs.length === 1 ? { x, y } : null
}
