import type { LayerDefinition } from '../define.ts'
import { activation } from './activation.ts'
import { add } from './add.ts'
import { concatenate } from './concatenate.ts'
import { dense } from './dense.ts'
import { dropout } from './dropout.ts'
import { flatten } from './flatten.ts'
import { input } from './input.ts'
import { reshape } from './reshape.ts'

export const layers: Readonly<Record<string, LayerDefinition>> = {
  input,
  dense,
  activation,
  dropout,
  flatten,
  reshape,
  add,
  concatenate,
}
