import type { LossDefinition } from '../define.ts'
import { binaryCrossentropy } from './binaryCrossentropy.ts'
import { binaryFocalCrossentropy } from './binaryFocalCrossentropy.ts'
import { categoricalCrossentropy } from './categoricalCrossentropy.ts'
import { categoricalFocalCrossentropy } from './categoricalFocalCrossentropy.ts'
import { categoricalGeneralizedCrossentropy } from './categoricalGeneralizedCrossentropy.ts'
import { categoricalHinge } from './categoricalHinge.ts'
import { cosineSimilarity } from './cosineSimilarity.ts'
import { dice } from './dice.ts'
import { hinge } from './hinge.ts'
import { huber } from './huber.ts'
import { klDivergence } from './klDivergence.ts'
import { logCosh } from './logCosh.ts'
import { meanAbsoluteError } from './meanAbsoluteError.ts'
import { meanAbsolutePercentageError } from './meanAbsolutePercentageError.ts'
import { meanSquaredError } from './meanSquaredError.ts'
import { meanSquaredLogarithmicError } from './meanSquaredLogarithmicError.ts'
import { poisson } from './poisson.ts'
import { sparseCategoricalCrossentropy } from './sparseCategoricalCrossentropy.ts'
import { squaredHinge } from './squaredHinge.ts'
import { tversky } from './tversky.ts'

export const losses: Readonly<Record<string, LossDefinition>> = {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  binaryFocalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossentropy,
  klDivergence,
  hinge,
  squaredHinge,
  categoricalHinge,
  meanSquaredError,
  meanAbsoluteError,
  huber,
  logCosh,
  meanAbsolutePercentageError,
  meanSquaredLogarithmicError,
  cosineSimilarity,
  poisson,
  dice,
  tversky,
}
