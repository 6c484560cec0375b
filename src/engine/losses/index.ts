import type { LossDefinition } from '../define.ts'
import { binaryCrossentropy } from './binaryCrossentropy.ts'
import { categoricalCrossentropy } from './categoricalCrossentropy.ts'
import { huber } from './huber.ts'
import { meanAbsoluteError } from './meanAbsoluteError.ts'
import { meanSquaredError } from './meanSquaredError.ts'
import { sparseCategoricalCrossentropy } from './sparseCategoricalCrossentropy.ts'

export const losses: Readonly<Record<string, LossDefinition>> = {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  meanSquaredError,
  meanAbsoluteError,
  huber,
}
