import type { MetricDefinition } from '../define.ts'
import { accuracy } from './accuracy.ts'
import { meanAbsoluteError } from './meanAbsoluteError.ts'
import { meanSquaredError } from './meanSquaredError.ts'

export const metrics: Readonly<Record<string, MetricDefinition>> = { accuracy, meanAbsoluteError, meanSquaredError }
