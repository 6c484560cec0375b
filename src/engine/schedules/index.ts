import type { ScheduleDefinition } from '../define.ts'
import { constant } from './constant.ts'
import { cosineDecay } from './cosineDecay.ts'

export const schedules: Readonly<Record<string, ScheduleDefinition>> = { constant, cosineDecay }
