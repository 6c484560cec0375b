import type { RegularizerDefinition } from '../define.ts'
import { mixUp } from './mixUp.ts'
import { manifoldMixUp } from './manifoldMixUp.ts'
import { cutMix } from './cutMix.ts'
import { bootstrappedLabels } from './bootstrappedLabels.ts'
import { confidencePenalty } from './confidencePenalty.ts'
import { spectralDecoupling } from './spectralDecoupling.ts'
import { rDrop } from './rDrop.ts'
import { inputGradient } from './inputGradient.ts'
import { jacobian } from './jacobian.ts'
import { classWeights } from './classWeights.ts'
import { clipGlobalNorm } from './clipGlobalNorm.ts'
import { clipNorm } from './clipNorm.ts'
import { clipValue } from './clipValue.ts'
import { dropConnect } from './dropConnect.ts'
import { earlyStopping } from './earlyStopping.ts'
import { gapLimit } from './gapLimit.ts'
import { generalizationLoss } from './generalizationLoss.ts'
import { groupLasso } from './groupLasso.ts'
import { l0 } from './l0.ts'
import { l1 } from './l1.ts'
import { l1l2 } from './l1l2.ts'
import { l2 } from './l2.ts'
import { labelSmoothing } from './labelSmoothing.ts'
import { orthogonal } from './orthogonal.ts'
import { progressQuotient } from './progressQuotient.ts'
import { reduceOnPlateau } from './reduceOnPlateau.ts'
import { risingError } from './risingError.ts'
import { softOrthogonal } from './softOrthogonal.ts'
import { sparseGroupLasso } from './sparseGroupLasso.ts'
import { spectralNorm } from './spectralNorm.ts'
import { spectralNormalization } from './spectralNormalization.ts'
import { targetReached } from './targetReached.ts'
import { timeLimit } from './timeLimit.ts'
import { gradientNoise } from './gradientNoise.ts'
import { adaptiveClipping } from './adaptiveClipping.ts'
import { sharpnessAware } from './sharpnessAware.ts'
import { stochasticWeightAverage } from './stochasticWeightAverage.ts'
import { gradualUnfreezing } from './gradualUnfreezing.ts'
import { balancedSampling } from './balancedSampling.ts'
import { smote } from './smote.ts'
import { weightAverage } from './weightAverage.ts'
import { weightDecay } from './weightDecay.ts'
import { weightNoise } from './weightNoise.ts'
import { weightStandardization } from './weightStandardization.ts'

export const regularizers: Readonly<Record<string, RegularizerDefinition>> = {
  l1,
  l2,
  l1l2,
  groupLasso,
  sparseGroupLasso,
  l0,
  orthogonal,
  softOrthogonal,
  spectralNorm,
  spectralNormalization,
  weightStandardization,
  dropConnect,
  weightNoise,
  labelSmoothing,
  mixUp,
  manifoldMixUp,
  cutMix,
  bootstrappedLabels,
  confidencePenalty,
  spectralDecoupling,
  rDrop,
  inputGradient,
  jacobian,
  classWeights,
  balancedSampling,
  smote,
  clipNorm,
  clipGlobalNorm,
  clipValue,
  adaptiveClipping,
  gradientNoise,
  sharpnessAware,
  gradualUnfreezing,
  weightDecay,
  weightAverage,
  stochasticWeightAverage,
  earlyStopping,
  generalizationLoss,
  progressQuotient,
  risingError,
  gapLimit,
  targetReached,
  timeLimit,
  reduceOnPlateau,
}
