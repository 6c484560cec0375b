/** Sample cases for every op of the engine's table: what it is fed, away from kinks, and how it is called. */
import { activation } from './samples/activation.ts'
import { constants } from './samples/constants.ts'
import { convolution } from './samples/convolution.ts'
import { elementwise } from './samples/elementwise.ts'
import { indexing } from './samples/indexing.ts'
import { logic } from './samples/logic.ts'
import { matrix } from './samples/matrix.ts'
import { normalization } from './samples/normalization.ts'
import { padding } from './samples/padding.ts'
import { pooling } from './samples/pooling.ts'
import { recurrent } from './samples/recurrent.ts'
import { reduction } from './samples/reduction.ts'
import { resize } from './samples/resize.ts'
import { sampling } from './samples/sampling.ts'
import { shaping } from './samples/shaping.ts'
import type { Sample } from './samples/sample.ts'

export { dtypeOf, feed, sizesOf, type Sample } from './samples/sample.ts'

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  ...activation,
  ...constants,
  ...convolution,
  ...elementwise,
  ...indexing,
  ...logic,
  ...matrix,
  ...normalization,
  ...padding,
  ...pooling,
  ...recurrent,
  ...reduction,
  ...resize,
  ...sampling,
  ...shaping,
}
