import type { RegularizerDefinition } from '../define.ts'
import { classWeights } from './classWeights.ts'
import { clipGlobalNorm } from './clipGlobalNorm.ts'
import { clipNorm } from './clipNorm.ts'
import { clipValue } from './clipValue.ts'
import { earlyStopping } from './earlyStopping.ts'
import { l1 } from './l1.ts'
import { l1l2 } from './l1l2.ts'
import { l2 } from './l2.ts'
import { labelSmoothing } from './labelSmoothing.ts'
import { orthogonal } from './orthogonal.ts'
import { reduceOnPlateau } from './reduceOnPlateau.ts'
import { weightAverage } from './weightAverage.ts'
import { weightDecay } from './weightDecay.ts'

export const regularizers: Readonly<Record<string, RegularizerDefinition>> = {
  l1,
  l2,
  l1l2,
  orthogonal,
  labelSmoothing,
  classWeights,
  clipNorm,
  clipGlobalNorm,
  clipValue,
  weightDecay,
  weightAverage,
  earlyStopping,
  reduceOnPlateau,
}
