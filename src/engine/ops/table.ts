/** Every op the compiler knows: shape inference and gradient rule, one entry an op. */
import { GraphError } from '../graph/graph.ts'
import { activation } from './activation.ts'
import { blocks } from './blocks.ts'
import { constants } from './constants.ts'
import { convolution } from './convolution.ts'
import { convolutionGradient } from './convolutionGradient.ts'
import { einsum } from './einsum.ts'
import { elementwise } from './elementwise.ts'
import { indexing } from './indexing.ts'
import { logic } from './logic.ts'
import { matrix } from './matrix.ts'
import { normalization } from './normalization.ts'
import type { Op } from './op.ts'
import { padding } from './padding.ts'
import { pooling } from './pooling.ts'
import { recurrent } from './recurrent.ts'
import { reduction } from './reduction.ts'
import { resize } from './resize.ts'
import { sampling } from './sampling.ts'
import { shaping } from './shaping.ts'

export const ops: Readonly<Record<string, Op>> = {
  ...elementwise,
  ...activation,
  ...matrix,
  ...einsum,
  ...reduction,
  ...convolution,
  ...convolutionGradient,
  ...pooling,
  ...normalization,
  ...recurrent,
  ...shaping,
  ...blocks,
  ...constants,
  ...indexing,
  ...padding,
  ...resize,
  ...sampling,
  ...logic,
}

/** The entry of an op; throws on one that is not in the table. */
export function opOf(name: string): Op {
  const op = ops[name]
  if (!op) throw new GraphError(`the ops table has no ${name}`)
  return op
}
