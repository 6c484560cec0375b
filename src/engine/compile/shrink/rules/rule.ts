/** What ops do with units: one rule an op. */
import type { Node } from '../../../graph/graph.ts'
import type { Trace } from '../trace.ts'

/** Tells the trace where the units of a node's outputs come from; false where it cannot say, so that all it reads stays. */
export type Rule = (trace: Trace, node: Node) => boolean
