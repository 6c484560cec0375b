import type { NumberParam } from '../define.ts'
import { number } from '../params.ts'

/** The limit of a clipping rule: above 0, logarithmic, changeable while training. */
export const limit = (doc: string): NumberParam =>
  number({ title: 'Limit', doc, default: 1, min: 0, exclusiveMin: true, sensible: [0.1, 10], scale: 'log', live: true })
