/** Every op the compiler knows: shape inference and gradient rule, one entry an op. */
import { GraphError } from '../graph/graph.ts'
import { activation } from './activation.ts'
import { elementwise } from './elementwise.ts'
import { logic } from './logic.ts'
import { matrix } from './matrix.ts'
import type { Op } from './op.ts'
import { reduction } from './reduction.ts'
import { shaping } from './shaping.ts'

export const ops: Readonly<Record<string, Op>> = {
  ...elementwise,
  ...activation,
  ...matrix,
  ...reduction,
  ...shaping,
  ...logic,
}

/** The entry of an op; throws on one that is not in the table. */
export function opOf(name: string): Op {
  const op = ops[name]
  if (!op) throw new GraphError(`the ops table has no ${name}`)
  return op
}
