import { images } from '../bounds.ts'
import { contractions } from './contraction.ts'
import { batchNormalization, elementwise } from './elementwise.ts'
import { movements } from './movement.ts'
import type { Rule } from './rule.ts'

/** By op; those without a rule keep all they read. */
export const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(Object.keys(images).map((op) => [op, elementwise])),
  ...contractions,
  ...movements,
  BatchNormalization: batchNormalization,
}
