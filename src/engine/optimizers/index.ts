import type { OptimizerDefinition } from '../define.ts'
import { adadelta } from './adadelta.ts'
import { adagrad } from './adagrad.ts'
import { adam } from './adam.ts'
import { adamax } from './adamax.ts'
import { adamw } from './adamw.ts'
import { ftrl } from './ftrl.ts'
import { lamb } from './lamb.ts'
import { lion } from './lion.ts'
import { muon } from './muon.ts'
import { nadam } from './nadam.ts'
import { rmsprop } from './rmsprop.ts'
import { sgd } from './sgd.ts'

export const optimizers: Readonly<Record<string, OptimizerDefinition>> = {
  sgd,
  adam,
  adamw,
  adamax,
  nadam,
  rmsprop,
  adagrad,
  adadelta,
  ftrl,
  lion,
  lamb,
  muon,
}
