import type { MetricDefinition } from '../define.ts'
import { accuracy } from './accuracy.ts'
import { binaryAccuracy } from './binaryAccuracy.ts'
import { cosineSimilarity } from './cosineSimilarity.ts'
import { f1Score } from './f1Score.ts'
import { fBetaScore } from './fBetaScore.ts'
import { prAuc } from './prAuc.ts'
import { precision } from './precision.ts'
import { r2Score } from './r2Score.ts'
import { recall } from './recall.ts'
import { rocAuc } from './rocAuc.ts'
import { rootMeanSquaredError } from './rootMeanSquaredError.ts'
import { topKAccuracy } from './topKAccuracy.ts'

/** Those that are not the value of a loss. */
export const metrics: Readonly<Record<string, MetricDefinition>> = {
  accuracy,
  binaryAccuracy,
  topKAccuracy,
  precision,
  recall,
  f1Score,
  fBetaScore,
  rocAuc,
  prAuc,
  rootMeanSquaredError,
  r2Score,
  cosineSimilarity,
}
