/** One training step as its parts see it. */
import type { Time } from '../define.ts'
import { GraphError, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { orderNodes } from '../project/order.ts'
import type { Project } from '../project/project.ts'
import { layerOf } from '../weightName.ts'
import type { LiveInputs } from './liveInputs.ts'
import type { DataShape } from './program.ts'

/** What one training step is made from and what it leaves behind. */
export interface Step {
  readonly g: Builder
  readonly project: Project
  readonly data: DataShape
  readonly live: LiveInputs
  readonly time: Time
  /** Rows of the batch by the Input's name, and what they are to become by the output's: classes as one column each. */
  readonly inputs: ReadonlyMap<string, Value>
  readonly targets: ReadonlyMap<string, Value>
  /** Of each row of the batch, where rows have weights. */
  readonly rowWeights: Value | null
  /** Steps done before this one, int64 scalar; and the seed of the run, uint32 scalar. */
  readonly iteration: Value
  readonly seed: Value
  readonly weights: ReadonlyMap<string, Value>
  readonly slots: ReadonlyMap<string, Value>
}

/** A value that has to be there; an error of the compiler's own where it is not. */
export function required(value: Value | undefined, name: string): Value {
  if (!value) throw new GraphError(`the step lost ${name}`)
  return value
}

/** The layers that have weights, without those after which no other has any. */
export function hiddenLayers({ graph }: Project, weights: readonly string[]): readonly string[] {
  const weighed = new Set(weights.map(layerOf))
  const leads = new Set<string>()
  for (const { name } of orderNodes(graph).order.toReversed()) {
    const next = graph.wires.filter(({ from }) => from === name).map(({ to }) => to)
    if (next.some((to) => weighed.has(to) || leads.has(to))) leads.add(name)
  }
  return [...weighed].filter((name) => leads.has(name))
}
