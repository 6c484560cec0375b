/** What compiling a project gives the trainer: graphs to run, and what to feed and read. */
import type { ClassRows, NumberParam, StopRule, TableRows, TargetForm } from '../define.ts'
import type { Graph } from '../graph/graph.ts'
import type { SchedulePoint, Setting } from '../project/project.ts'
import type { RandomStream } from '../random.ts'
import type { Lowering } from './lower.ts'

/** A trained tensor, named `<layer>/<weight>`. */
export interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly initializer: Setting
  readonly fanIn: number
  readonly fanOut: number
  readonly trainable: boolean
}

/** State kept for a weight by the optimizer or a technique: float32, `fill` everywhere at the start. */
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
  /** What the parameter may be. */
  readonly declaration: NumberParam
}

export interface StopSpec {
  readonly rule: StopRule
  readonly params: Setting['params']
  /** Which reported number is watched (`validation/loss`; null: none), and which way is better. */
  readonly monitor: string | null
  readonly better: 'higher' | 'lower'
}

/** What the data say about one target. */
export interface TargetShape {
  /** Number of classes; 0 for regression. */
  readonly classes: number
  /** Width of the target for regression (and ready-made one-hot targets). */
  readonly targets: number
  /** Rows of each class in the training part. */
  readonly counts?: readonly number[]
  /** Mean of each target column in the training part, for regression. */
  readonly center?: readonly number[]
}

/** What the data say about a row; networks with several Inputs or outputs add theirs by the name of the layer. */
export interface DataShape extends TargetShape {
  /** Numbers per row. */
  readonly features: number
  readonly inputs?: Readonly<Record<string, number>>
  /** By the name of an Input: how many indices its category columns have for an Embedding, 0 among them. */
  readonly indices?: Readonly<Record<string, number>>
  readonly outputs?: Readonly<Record<string, TargetShape>>
  /** Every row has a weight of its own. */
  readonly rowWeights?: boolean
}

/** An Input: rows of [rows, ...shape] are fed under `feed`, which is `x`, or `x.<node>` where there are several. */
export interface InputSpec {
  readonly node: string
  readonly feed: string
  readonly shape: readonly number[]
}

/** What the network puts out: `prediction` [batch, ...shape], whose target is fed under `feed`; with `.<node>` where there are several. */
export interface OutputSpec {
  readonly node: string
  readonly prediction: string
  readonly shape: readonly number[]
  readonly feed: string
  /** `classes`: below this are the class numbers that target columns hold, where each position has its own. */
  readonly target: { readonly form: TargetForm; readonly shape: readonly number[]; readonly classes?: number }
  readonly loss: Setting
}

/** A metric: which columns of the report it is made from, and how. */
export interface MetricSpec {
  readonly name: string
  readonly better: 'higher' | 'lower'
  readonly from: number
  readonly width: number
  /** From the means of those columns over all rows. */
  result(means: readonly number[]): number
}

/** A technique that acts on rows by their classes, which are those of the output `node`; `path` is where it is set. */
export interface RowTechnique {
  readonly path: string
  readonly setting: Setting
  readonly node: string
}

/**
 * Names of the graphs' inputs and outputs:
 *
 * train(batch): each input [rows, ...] and target [rows, ...] under its feed, `rowWeights` float32 [rows] where rows have
 * weights, `batches` int64 [steps, batch] (row numbers of those, one line a step), `iterations` int64 [steps] (for each step,
 * how many the run has done before it), `seed` uint32 scalar, each live scalar, each weight, each slot. Outputs:
 * `<weight>.next`, `<slot>.next`, and `report` float32 [steps, columns.length]: one line a step, the columns named by
 * `columns`; `learningRates` float32 [steps], after the schedule.
 *
 * evaluate: inputs and targets [batch, ...], `rowWeights` where training has it, live scalars, weights. Outputs: `report`
 * float32 [columns.length], means over the rows given; `summary` float32 [weights.length, 4], of each weight as its layer uses
 * it the count of exact zeros, the sum of squares, the least and the greatest element.
 *
 * predict: inputs [batch, ...], weights. Outputs: each prediction [batch, ...].
 *
 * sample(batch): as predict, with `seed` uint32 and `iteration` int64, scalars: layers of noise act, differently for each
 * iteration.
 *
 * refresh(batch): inputs [batch, ...], live scalars, weights, `seed` and `iteration`. Outputs: for each weight that follows a
 * number of the batches, `<weight>.now`, that number of this batch.
 *
 * used: those weights that it needs. Outputs: for each weight that techniques transform, `<weight>.used`, as its layer uses it in
 * predictions.
 *
 * train is also fed `stepsPerEpoch` and `epochs`, float32 scalars, where it has such inputs; sample and refresh have only those
 * inputs that they need.
 */
export interface Program {
  readonly weights: readonly WeightSpec[]
  readonly slots: readonly SlotSpec[]
  readonly live: readonly LiveSpec[]
  /** How live settings change while training, by their full names. */
  readonly schedules: ReadonlyMap<string, readonly SchedulePoint[]>
  /**
   * `data` (the data loss) first, then each penalty as `penalty:<name>`, then the data loss of each output as `output:<node>`
   * where there are several, then the columns of each metric as `metric:<name>`.
   */
  readonly columns: readonly string[]
  readonly penalties: readonly string[]
  readonly metrics: readonly MetricSpec[]
  readonly inputs: readonly InputSpec[]
  readonly outputs: readonly OutputSpec[]
  readonly stops: readonly StopSpec[]
  /** By the name of a weight: the slot that replaces it when training ends. */
  readonly final: ReadonlyMap<string, string>
  /** The rows an epoch goes through, from the class of each, as many as there are; null: each once. */
  readonly order: (RowTechnique & { rows(classes: Uint32Array, random: RandomStream): Uint32Array }) | null
  /** Rows to be added to the training part before the run; null: none. */
  readonly synthesize: (RowTechnique & { rows(table: TableRows): ClassRows }) | null
  /** Every op fixed to this many rows a batch, in the forms that suit the machine; left out, those that suit every one. */
  train(batch: number, lowering?: Lowering): Graph
  evaluate(): Graph
  predict(): Graph
  /** Null where every weight is used as it is. */
  used(): Graph | null
  /** Null where no layer is random in predictions. */
  sample(batch: number): Graph | null
  /** Null unless a technique of the run asks for it and some weight follows the batches. */
  refresh(batch: number): Graph | null
}
