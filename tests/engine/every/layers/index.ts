/** The cases of every layer. */
import { definitions } from '#engine/definitions.ts'
import type { Cases } from './case.ts'
import { convolutionCases } from './convolution.ts'
import { core } from './core.ts'
import { imageAugmentationCases } from './imageAugmentation.ts'
import { mergingCases } from './merging.ts'
import { normalizationCases } from './normalization.ts'
import { poolingCases } from './pooling.ts'
import { regularizationCases } from './regularization.ts'
import { rowAugmentationCases } from './rowAugmentation.ts'
import { sequenceCases } from './sequence.ts'
import { shapeCases } from './shape.ts'

export const cases: Cases = {
  ...core,
  ...regularizationCases,
  ...rowAugmentationCases,
  ...imageAugmentationCases,
  ...mergingCases,
  ...sequenceCases,
  ...convolutionCases,
  ...poolingCases,
  ...normalizationCases,
  ...shapeCases,
}

/** A block is laid open before anything is built. */
export const tested = Object.entries(definitions.layer).filter(([kind]) => kind !== 'block')
