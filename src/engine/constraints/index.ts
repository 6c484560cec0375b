import type { ConstraintDefinition } from '../define.ts'
import { maxNorm } from './maxNorm.ts'
import { minMaxNorm } from './minMaxNorm.ts'
import { nonNeg } from './nonNeg.ts'
import { unitNorm } from './unitNorm.ts'

export const constraints: Readonly<Record<string, ConstraintDefinition>> = { maxNorm, minMaxNorm, nonNeg, unitNorm }
