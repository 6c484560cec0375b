/** What compiling a project gives the trainer: graphs to run, and what to feed and read. */
import type { StopRule, TargetForm } from '../define.ts'
import type { Graph } from '../graph/graph.ts'
import type { Setting } from '../project/project.ts'

/** A trained tensor, named `<layer>/<weight>`. */
export interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly initializer: Setting
  readonly fanIn: number
  readonly fanOut: number
  readonly trainable: boolean
}

/** Optimizer state of one weight: float32, the weight's shape, `fill` everywhere at the start. */
export interface SlotSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly fill: number
}

/** A setting that may change while training: feed `name` (float32 scalar). */
export interface LiveSpec {
  readonly name: string
  readonly value: number
  /** The setting of the project it belongs to (the same object), and which of its parameters it is. */
  readonly setting: Setting
  readonly param: string
}

export interface StopSpec {
  readonly rule: StopRule
  readonly params: Setting['params']
  /** Which reported number is watched (`validation/loss`), and which way is better. */
  readonly monitor: string
  readonly better: 'higher' | 'lower'
}

/** What the data say about a row. */
export interface DataShape {
  /** Numbers per row. */
  readonly features: number
  /** Number of classes; 0 for regression. */
  readonly classes: number
  /** Width of the target for regression (and ready-made one-hot targets). */
  readonly targets: number
}

/**
 * Names of the graphs' inputs and outputs:
 *
 * train(batch): `x` [rows, ...input], `y` [rows, ...], `batches` int64 [steps, batch] (row numbers of `x` and `y`, one line a
 * step), `iterations` int64 [steps] (for each step, how many the run has done before it), `seed` uint32 scalar, each live
 * scalar, each weight, each slot. Outputs: `<weight>.next`, `<slot>.next`, and `report` float32 [steps, columns.length]: one
 * line a step, the columns named by `columns`; `learningRates` float32 [steps], after the schedule.
 *
 * evaluate: `x` [batch, ...input], `y` [batch, ...], live scalars, weights. Outputs: `report` float32 [columns.length], means
 * over the rows given; `summary` float32 [weights.length, 4], of each weight the count of exact zeros, the sum of squares, the
 * least and the greatest element.
 *
 * predict: `x` [batch, ...input], weights. Output: `prediction` [batch, ...].
 */
export interface Program {
  readonly weights: readonly WeightSpec[]
  readonly slots: readonly SlotSpec[]
  readonly live: readonly LiveSpec[]
  /** `data` (the data loss) first, then each penalty as `penalty:<name>`, then each metric as `metric:<name>`. */
  readonly columns: readonly string[]
  readonly penalties: readonly string[]
  readonly metrics: readonly string[]
  /** Shape of one row of `x` and of `y`, and how targets are encoded. */
  readonly inputShape: readonly number[]
  readonly target: { readonly form: TargetForm; readonly shape: readonly number[] }
  readonly outputShape: readonly number[]
  readonly stops: readonly StopSpec[]
  /** Every op fixed to this many rows a batch. */
  train(batch: number): Graph
  evaluate(): Graph
  predict(): Graph
}
