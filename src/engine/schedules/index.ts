import type { ScheduleDefinition } from '../define.ts'
import { constant } from './constant.ts'
import { cosineDecay } from './cosineDecay.ts'
import { cosineDecayRestarts } from './cosineDecayRestarts.ts'
import { exponentialDecay } from './exponentialDecay.ts'
import { inverseTimeDecay } from './inverseTimeDecay.ts'
import { oneCycle } from './oneCycle.ts'
import { piecewiseConstantDecay } from './piecewiseConstantDecay.ts'
import { polynomialDecay } from './polynomialDecay.ts'

export const schedules: Readonly<Record<string, ScheduleDefinition>> = {
  constant,
  exponentialDecay,
  piecewiseConstantDecay,
  polynomialDecay,
  inverseTimeDecay,
  cosineDecay,
  cosineDecayRestarts,
  oneCycle,
}
