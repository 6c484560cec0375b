import type { NumberParam } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { flag, integer } from '../params.ts'

/** How many steps something of a schedule takes. */
export const decaySteps = (doc: string): NumberParam =>
  integer({ title: 'Steps', doc, default: 1000, min: 1, unit: 'steps' })

export const staircase = flag({
  title: 'Staircase',
  doc: 'Change only once in so many steps, not at every step.',
  default: false,
})

/** How often the schedule's steps have gone by, t / T; in whole times on a staircase. */
export function elapsed(
  g: Builder,
  iteration: Value,
  params: { readonly decaySteps: number; readonly staircase: boolean },
): Value {
  const times = g.Div(iteration, g.scalar(params.decaySteps))
  return params.staircase ? g.Floor(times) : times
}

/** Half a cosine from 1 at 0 down to 0 at 1, ½ (1 + cos(π x)). */
export function halfCosine(g: Builder, x: Value): Value {
  return g.Mul(g.Add(g.Cos(g.Mul(x, g.scalar(Math.PI))), g.scalar(1)), g.scalar(0.5))
}
