import type { OptimizerDefinition } from '../define.ts'
import { adam } from './adam.ts'
import { adamw } from './adamw.ts'
import { sgd } from './sgd.ts'

export const optimizers: Readonly<Record<string, OptimizerDefinition>> = { sgd, adam, adamw }
