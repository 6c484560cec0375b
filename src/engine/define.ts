/** What a definition is: one file states a layer, loss, regularizer ... and everything else is derived from it. */
import type { Shape, Value } from './graph/graph.ts'
import type { ActivationKind } from './activations.ts'
import type { Builder } from './ops/builder.ts'
import type { Setting } from './project/project.ts'
import type { RandomStream } from './random.ts'

export type Family = 'layer' | 'loss' | 'metric' | 'regularizer' | 'optimizer' | 'schedule' | 'initializer'

interface ParamBase {
  readonly title: string
  /** One sentence for forms and the reference. */
  readonly doc: string
}

export interface NumberParam extends ParamBase {
  readonly type: 'number' | 'integer'
  readonly default: number
  readonly min?: number
  readonly max?: number
  /** The bounds themselves are not allowed. */
  readonly exclusiveMin?: boolean
  readonly exclusiveMax?: boolean
  readonly unit?: string
  /** How a slider moves; strengths and learning rates are logarithmic. */
  readonly scale?: 'linear' | 'log'
  /** May change while training: reaches the graph as a scalar input instead of a constant. */
  readonly live?: true
}
/** A number that may be left out; `none` says what leaving it out means ("no limit"). */
export interface OptionalNumberParam extends Omit<NumberParam, 'type' | 'default' | 'live'> {
  readonly type: 'optional'
  readonly default: number | null
  readonly none: string
}
export interface BooleanParam extends ParamBase {
  readonly type: 'boolean'
  readonly default: boolean
}
export interface ChoiceParam<O extends string = string> extends ParamBase {
  readonly type: 'choice'
  readonly default: O
  readonly options: readonly O[]
}
export interface TextParam extends ParamBase {
  readonly type: 'text'
  readonly default: string
}
/** Whole numbers, e.g. a shape without its batch axis; -1 where `infer` allows one size to be worked out. */
export interface ShapeParam extends ParamBase {
  readonly type: 'shape'
  readonly default: readonly number[]
  readonly infer?: true
}
/** One definition of another family, filled in. */
export interface SettingParam extends ParamBase {
  readonly type: 'setting'
  readonly family: Family
  readonly default: Setting
}
/** Any number of definitions of another family; `place` narrows regularizers to those that can act there. */
export interface SettingsParam extends ParamBase {
  readonly type: 'settings'
  readonly family: Family
  readonly place?: Place
  readonly default: readonly Setting[]
}

export type Param =
  NumberParam | OptionalNumberParam | BooleanParam | ChoiceParam | TextParam | ShapeParam | SettingParam | SettingsParam

export type Params = Readonly<Record<string, Param>>

type ValueOf<P extends Param> = P extends NumberParam
  ? number
  : P extends OptionalNumberParam
    ? number | null
    : P extends BooleanParam
      ? boolean
      : P extends ChoiceParam<infer O>
        ? O
        : P extends TextParam
          ? string
          : P extends ShapeParam
            ? readonly number[]
            : P extends SettingParam
              ? Setting
              : readonly Setting[]

/** The filled-in parameters of a definition, as its code sees them. */
export type ValuesOf<P extends Params> = { readonly [K in keyof P]: ValueOf<P[K]> }

export interface Definition<P extends Params = Params> {
  readonly kind: string
  readonly title: string
  /** One sentence: what it does. */
  readonly doc: string
  /** Where formula and defaults come from. */
  readonly reference: string
  readonly params: P
}

export interface InitializerDefinition<P extends Params = Params> extends Definition<P> {
  /** Fills a tensor of this shape; fans as Keras counts them. */
  fill(
    context: {
      readonly shape: readonly number[]
      readonly fanIn: number
      readonly fanOut: number
      readonly random: RandomStream
    },
    params: ValuesOf<P>,
  ): Float32Array
}

/** A weight as a layer asks for it. */
export interface WeightRequest {
  readonly shape: readonly number[]
  readonly initializer: Setting
  readonly regularizers?: readonly Setting[]
  readonly constraints?: readonly Setting[]
  /** Sizes for the fan-based initializers where the shape alone does not tell. */
  readonly fan?: { readonly in: number; readonly out: number }
}

export interface LayerContext<P extends Params = Params> {
  readonly g: Builder
  readonly name: string
  readonly params: ValuesOf<P>
  readonly inputs: readonly Value[]
  readonly training: boolean
  /** A trainable weight named `<layer>/<name>`; a graph input while training, a constant in the export. */
  weight(name: string, request: WeightRequest): Value
  /** A parameter as a scalar of the graph: an input when it is live, else a constant. */
  scalar(name: keyof P & string): Value
  /** 0 with probability `rate`, else 1, of this shape: new each step, the same for the same seed, step and node. Training only. */
  mask(shape: Shape, rate: Value): Value
  /** Marks a value whose regularizers penalize it (activity); the penalty is divided by the batch size. */
  activity(value: Value, regularizers: readonly Setting[]): void
  /** Applies an activation by its kind. */
  activation(kind: ActivationKind, value: Value): Value
  /** Throws the one sentence that belongs to this node, or to one of its parameters. */
  fail(message: string, param?: keyof P & string): never
}

export interface LayerDefinition<P extends Params = Params> extends Definition<P> {
  /** Where the palette shows it. */
  readonly group: 'Input' | 'Core' | 'Activation' | 'Regularization' | 'Shape' | 'Merge'
  /** How many wires may come in. */
  readonly arity: { readonly min: number; readonly max: number }
  build(context: LayerContext<P>): Value
}

/** How the target reaches a loss: 0/1 in one column, one column a class, a class index, or plain numbers. */
export type TargetForm = 'binary' | 'oneHot' | 'index' | 'value'

export interface LossContext<P extends Params = Params> {
  readonly g: Builder
  readonly params: ValuesOf<P>
  /** A parameter as a scalar of the graph: an input when it is live, else a constant. */
  scalar(name: keyof P & string): Value
  /** What the network puts out, [batch, ...]. */
  readonly prediction: Value
  /** What went into a final sigmoid or softmax, when the network ends in that one; else null. */
  logits(activation: 'Sigmoid' | 'Softmax'): Value | null
  readonly target: Value
}

export interface LossDefinition<P extends Params = Params> extends Definition<P> {
  readonly target: TargetForm
  /** The final activation this loss expects; the inspector suggests it. */
  readonly activation: 'sigmoid' | 'softmax' | 'linear'
  /** Loss per row, [batch]. */
  build(context: LossContext<P>): Value
}

export interface MetricDefinition<P extends Params = Params> extends Definition<P> {
  readonly targets: readonly TargetForm[]
  /** Whether more is better; decides what early stopping calls an improvement. */
  readonly better: 'higher' | 'lower'
  /** Value per row, [batch]; its mean over all rows is the metric. */
  build(context: {
    readonly g: Builder
    readonly params: ValuesOf<P>
    readonly prediction: Value
    readonly target: Value
    /** Class indices arrive as one column each. */
    readonly form: TargetForm
    /** For one 0/1 column: the prediction above which it says 1 (0.5, or 0 for logits). */
    readonly threshold: number
  }): Value
}

/** Where a regularizer can be attached: a weight, a layer's output, or the run as a whole. */
export type Place = 'weight' | 'activity' | 'training'

/** What early stopping decides after each epoch; plain numbers, saved in checkpoints. */
export interface StopState {
  readonly best: number | null
  readonly bestEpoch: number
  readonly wait: number
}
export interface StopDecision {
  readonly state: StopState
  readonly improved: boolean
  readonly stop: boolean
}

/** What every hook gets: the builder, the filled-in parameters, and its scalars as graph values. */
interface HookContext<P extends Params> {
  readonly g: Builder
  readonly params: ValuesOf<P>
  /** A parameter as a scalar of the graph: an input when it is live, else a constant. */
  scalar(name: keyof P & string): Value
}

/** A technique fills only the hooks it needs; the compiler calls them in a fixed order and never asks which it is. */
export interface RegularizerDefinition<P extends Params = Params> extends Definition<P> {
  readonly places: readonly Place[]
  /** Targets before the loss; classes arrive as one column each, whatever the loss. */
  labels?(context: HookContext<P> & { readonly target: Value; readonly form: TargetForm }): Value
  /** A scalar of the loss, reported under the setting's own name. For activities `value` is [batch, ...]. */
  penalty?(context: HookContext<P> & { readonly value: Value }): Value
  /** Whether the penalty is differentiated; a proximal form reports it and acts in `afterUpdate`. Default: yes. */
  differentiated?(params: ValuesOf<P>): boolean
  /** All gradients, after backward and before the optimizer. */
  gradients?(context: HookContext<P> & { readonly gradients: readonly Value[] }): readonly Value[]
  /** Each weight right before the optimizer's update. */
  beforeUpdate?(context: HookContext<P> & { readonly weight: Value; readonly learningRate: Value }): Value
  /** The weight right after the optimizer's update; `stepSize` is the optimizer's effective step, broadcastable to it. */
  afterUpdate?(context: HookContext<P> & { readonly weight: Value; stepSize(): Value }): Value
  /** Once per epoch, in the trainer: go on or stop, and whether these weights are the best so far. */
  readonly stop?: StopRule<P>
}

export interface StopRule<P extends Params = Params> {
  start(params: ValuesOf<P>): StopState
  /** The reported number it watches: `validation/loss`, `train/accuracy`. */
  monitor(params: ValuesOf<P>): string
  /** Which way is better, where the user said so; null follows the metric. */
  better(params: ValuesOf<P>): 'higher' | 'lower' | null
  restoreBest(params: ValuesOf<P>): boolean
  decide(context: {
    readonly params: ValuesOf<P>
    readonly state: StopState
    /** Counted from 0. */
    readonly epoch: number
    readonly value: number
    readonly better: 'higher' | 'lower'
  }): StopDecision
}

export interface ScheduleDefinition<P extends Params = Params> extends Definition<P> {
  /** The learning rate of a step, float32 scalar; `iteration` counts the steps done before it. */
  build(context: HookContext<P> & { readonly learningRate: Value; readonly iteration: Value }): Value
}

/** One update of one weight: the new weight, the new state, and the effective step per element (for proximal steps). */
export interface Update {
  readonly weight: Value
  readonly slots: Readonly<Record<string, Value>>
  stepSize(): Value
}

export interface OptimizerDefinition<P extends Params = Params> extends Definition<P> {
  /** The state kept per weight, by name: the weight's shape, filled with this number at the start. */
  slots(params: ValuesOf<P>): Readonly<Record<string, number>>
  /** `step` counts from 1, float32 scalar. */
  update(
    context: HookContext<P> & {
      readonly weight: Value
      readonly gradient: Value
      readonly slots: Readonly<Record<string, Value>>
      readonly learningRate: Value
      readonly step: Value
    },
  ): Update
}

/** States a definition; the type of its parameters follows from their declaration. */
export const defineLayer = <P extends Params>(definition: LayerDefinition<P>) => definition
export const defineLoss = <P extends Params>(definition: LossDefinition<P>) => definition
export const defineMetric = <P extends Params>(definition: MetricDefinition<P>) => definition
export const defineRegularizer = <P extends Params>(definition: RegularizerDefinition<P>) => definition
export const defineOptimizer = <P extends Params>(definition: OptimizerDefinition<P>) => definition
export const defineSchedule = <P extends Params>(definition: ScheduleDefinition<P>) => definition
export const defineInitializer = <P extends Params>(definition: InitializerDefinition<P>) => definition
