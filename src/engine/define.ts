/** What a definition is: one file states a layer, loss, regularizer ... and everything else is derived from it. */
import type { Shape, Value } from './graph/graph.ts'
import type { ActivationKind } from './activations.ts'
import type { Builder } from './ops/builder.ts'
import type { ParamValue, Setting } from './project/project.ts'
import type { RandomStream } from './random.ts'

export type Family =
  'layer' | 'loss' | 'metric' | 'regularizer' | 'constraint' | 'optimizer' | 'schedule' | 'initializer'

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
  /** Where good values mostly lie: what sliders and searches span. */
  readonly sensible?: readonly [number, number]
  /** May change while training: reaches the graph as a scalar input instead of a constant. */
  readonly live?: true
}
/** A number that may be left out; `none` says what leaving it out means ("no limit"). */
export interface OptionalNumberParam extends Omit<NumberParam, 'type' | 'default' | 'live'> {
  readonly type: 'optional'
  readonly default: number | null
  readonly none: string
  /** Only whole numbers. */
  readonly whole?: true
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
  /** It names a number that is measured, `validation/loss`; forms offer the ones there are. */
  readonly names?: 'measured'
}
/** Whole numbers, e.g. a shape without its batch axis; -1 where `infer` allows one size to be worked out. */
export interface ShapeParam extends ParamBase {
  readonly type: 'shape'
  readonly default: readonly number[]
  readonly infer?: true
  /** The smallest size allowed; 1 if not said. */
  readonly min?: number
  /** How many sizes there must be; none at all will do where the default has none. */
  readonly length?: number
}
/** Any numbers, in order. */
export interface NumbersParam extends ParamBase {
  readonly type: 'numbers'
  readonly default: readonly number[]
  readonly min?: number
  readonly max?: number
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
  | NumberParam
  | OptionalNumberParam
  | BooleanParam
  | ChoiceParam
  | TextParam
  | ShapeParam
  | NumbersParam
  | SettingParam
  | SettingsParam

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
          : P extends ShapeParam | NumbersParam
            ? readonly number[]
            : P extends SettingParam
              ? Setting
              : readonly Setting[]

/** The filled-in parameters of a definition, as its code sees them. */
export type ValuesOf<P extends Params> = { readonly [K in keyof P]: ValueOf<P[K]> }

/** How Keras writes a definition. Arguments are its parameters in snake case unless `arguments` says otherwise. */
export interface KerasForm {
  /** Keras' class, `Conv2D`. */
  readonly class: string
  /** Metrics of which Keras has a class of its own for some form of targets: that class. */
  readonly classes?: Readonly<Partial<Record<TargetForm, string>>>
  /** By parameter: the name of Keras' argument. */
  readonly arguments?: Readonly<Record<string, string>>
  /** Parameters that Keras has no argument for; what they say is Keras' own way at their default. */
  readonly without?: readonly string[]
  /** Arguments of Keras that can only have this value here: `{ data_format: 'channels_last' }`. */
  readonly only?: Readonly<Record<string, string | number | boolean | null>>
  /** Arguments of Keras that change neither training nor predictions. */
  readonly ignored?: readonly string[]
  /** Parameters that Keras writes as a list of pairs: `[top, bottom, left, right]` is `((top, bottom), (left, right))`. */
  readonly pairs?: readonly string[]
  /** By parameter: the pair [low, high] that Keras has for a number and its low end. */
  readonly ranges?: Readonly<Record<string, RangeForm>>
  /** Probabilities, for which Keras has pairs to draw them from. */
  readonly probabilities?: readonly string[]
  /** Lists that may be empty here for what a batch itself says; Keras has to be told. */
  readonly told?: readonly string[]
  /** By parameter: the argument of the call of the layer that says it, `y = layer(x, use_causal_mask=True)`. */
  readonly call?: Readonly<Record<string, string>>
  /** A layer that Keras puts around this one unless a parameter is at `none`: `Bidirectional(LSTM(8), merge_mode='sum')`. */
  readonly wrapper?: {
    readonly class: string
    readonly param: string
    readonly argument: string
    readonly none: string
  }
}

/** The low end of a range whose high end is a parameter. */
export interface RangeForm {
  /** The parameter for the low end. */
  readonly lower: string
  /** What the low end is where it is left out: times × high + plus. */
  readonly implied: { readonly times: number; readonly plus: number }
  /** Whole numbers, of which Keras leaves out the high end. */
  readonly exclusive?: true
  /** Where the low end is left out, Keras takes one number and no pair. */
  readonly alone?: true
}

export interface Definition<P extends Params = Params> {
  readonly kind: string
  readonly title: string
  /** One sentence: what it does. */
  readonly doc: string
  /** Where formula and defaults come from. */
  readonly reference: string
  /** What it computes, one equation a line, in Unicode. */
  readonly formula?: string
  /** How others write the same: one line each, with the factor between their number and ours. */
  readonly conventions?: Readonly<Partial<Record<'keras' | 'pytorch' | 'matlab', string>>>
  readonly params: P
  /** Left out where Keras has nothing that is the same. */
  readonly keras?: KerasForm
  /** What is wrong with parameters that are right one by one but not together: at which, what to do, and the value to mend it. */
  conflict?(
    params: ValuesOf<P>,
  ): { readonly param: string; readonly message: string; readonly mend?: ParamValue } | null
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
  /** Changed by gradients. One that is not keeps its value, or takes the one the layer gives to `update`. Default: yes. */
  readonly trainable?: boolean
  readonly regularizers?: readonly Setting[]
  readonly constraints?: readonly Setting[]
  /** Sizes for the fan-based initializers where the shape alone does not tell. */
  readonly fan?: { readonly in: number; readonly out: number }
}

/**
 * Random numbers of a step: new each step, the same for the same seed, step and place. Shapes have to be known to the last
 * size, or are those of a value, in the layout it is stored in. Only where something is random: in training, and in sampled
 * predictions.
 */
export interface Randomness {
  /** 0 with probability `rate`, else 1. */
  mask(like: Shape | Value, rate: Value): Value
  /** From 0 to below 1. */
  uniform(like: Shape | Value): Value
  /** Mean 0, variance 1. */
  normal(like: Shape | Value): Value
}

/** What mends a layer: other values for its parameters, and layers in front of it by the number of their input. */
export interface LayerMend<P extends Params = Params> {
  readonly set?: Partial<ValuesOf<P>>
  readonly before?: Readonly<Record<number, Setting>>
}

export interface LayerContext<P extends Params = Params> extends Randomness {
  readonly g: Builder
  readonly name: string
  readonly params: ValuesOf<P>
  readonly inputs: readonly Value[]
  /** The names of the layers the inputs come from. */
  readonly from: readonly string[]
  readonly training: boolean
  /** The user has frozen the layer: its weights keep their values. */
  readonly frozen: boolean
  /** A weight named `<layer>/<name>`; a graph input while training, a constant in the export. */
  weight(name: string, request: WeightRequest): Value
  /** Training only: what a weight that is not trainable is after this step. */
  update(name: string, next: Value): void
  /** Training only: a weight that is not trainable follows a number of each batch, keeping `momentum` of itself every step. */
  follow(name: string, now: Value, momentum: number): void
  /** A parameter as a scalar of the graph: an input when it is live, else a constant. */
  scalar(name: keyof P & string): Value
  /** Marks a value whose regularizers penalize it (activity); the penalty is divided by the batch size. */
  activity(value: Value, regularizers: readonly Setting[]): void
  /** Applies an activation by its kind. */
  activation(kind: ActivationKind, value: Value): Value
  /** Throws the one sentence that belongs to this node, or to one of its parameters, with what would mend it if that is known. */
  fail(message: string, param?: keyof P & string, mend?: LayerMend<P>): never
}

export interface LayerDefinition<P extends Params = Params> extends Definition<P> {
  /** Where the palette shows it. */
  readonly group:
    | 'Input'
    | 'Core'
    | 'Convolution'
    | 'Pooling'
    | 'Recurrent'
    | 'Attention'
    | 'Activation'
    | 'Normalization'
    | 'Regularization'
    | 'Augmentation'
    | 'Shape'
    | 'Merge'
  /** How many wires may come in. */
  readonly arity: { readonly min: number; readonly max: number }
  /** Acts as in training when predictions are sampled (Monte-Carlo dropout). */
  readonly samples?: true
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
  /** Of the prediction's shape; class indices arrive as one column each. */
  readonly target: Value
  /** Throws the one sentence about a parameter that does not fit: "there are 2 alphas for 3 classes; give one for each". */
  fail(message: string, param: keyof P & string, mend?: ParamValue): never
}

export interface LossDefinition<P extends Params = Params> extends Definition<P> {
  readonly target: TargetForm
  /** The final activation this loss expects; the inspector suggests it. */
  readonly activation: 'sigmoid' | 'softmax' | 'softplus' | 'linear'
  /** How Keras writes the metric of the same value, where it has one. */
  readonly metric?: KerasForm
  /** Loss per row, [batch]. */
  build(context: LossContext<P>): Value
}

export interface MetricContext<P extends Params = Params> extends LossContext<P> {
  readonly form: TargetForm
  /** The prediction above which one output says 1: 0 where outputs are logits or scores around 0, else 0.5. */
  readonly threshold: number
  /** About where targets that are numbers lie, one for each column, so that sums of squares stay exact; empty if unknown. */
  readonly center: readonly number[]
}

export interface MetricDefinition<P extends Params = Params> extends Definition<P> {
  readonly targets: readonly TargetForm[]
  /** Whether more is better; decides what early stopping calls an improvement. */
  readonly better: 'higher' | 'lower'
  /**
   * Value per row, [batch], whose mean over all rows is the metric; or several, [batch, n], whose means `result` takes. Where
   * the mean over the batch is easier had than its rows, [1, n] of means.
   */
  build(context: MetricContext<P>): Value
  /** The metric, from the means over all rows of what `build` gives. */
  result?(means: readonly number[], params: ValuesOf<P>): number
}

/** What every hook gets: the builder, the filled-in parameters, and its scalars as graph values. */
export interface HookContext<P extends Params = Params> {
  readonly g: Builder
  readonly params: ValuesOf<P>
  /** A parameter as a scalar of the graph: an input when it is live, else a constant. */
  scalar(name: keyof P & string): Value
}

/** What a weight has to be after each step. */
export interface ConstraintDefinition<P extends Params = Params> extends Definition<P> {
  /** The nearest weight that obeys, of its shape. */
  build(context: HookContext<P> & { readonly weight: Value }): Value
}

/** Where a regularizer can be attached: a weight, a layer's output, or the run as a whole. */
export type Place = 'weight' | 'activity' | 'training'

/** What a rule of the run remembers from epoch to epoch: finite numbers, saved in checkpoints. */
export interface StopState {
  readonly best: number | null
  readonly bestEpoch: number
  /** Epochs, or strips of them, that were counted in a row. */
  readonly wait: number
  /** Epochs it keeps still after it has acted. */
  readonly cooldown?: number
  /** The moving mean of what it watches. */
  readonly mean?: number
  /** Numbers of earlier epochs that it looks back on, the latest last. */
  readonly recent?: readonly number[]
}
export interface StopDecision {
  readonly state: StopState
  readonly improved: boolean
  readonly stop: boolean
  /** The learning rate from the next epoch on, where the rule changes it. */
  readonly learningRate?: number
}

/** State kept per weight: a number to fill the weight's shape with at the start, or a shape of its own. */
export type Slot = number | { readonly shape: readonly number[]; readonly fill: number }
export type Slots = Readonly<Record<string, Slot>>

/** What an update hook knows of the weight it acts on. */
export interface WeightContext {
  /** `<layer>/<weight>`. */
  readonly name: string
  readonly weight: Value
}

/** Where a run is, as float32 scalars. */
export interface Time {
  /** Steps done before this one. */
  readonly iteration: Value
  readonly stepsPerEpoch: Value
  /** Epochs the run is to have. */
  readonly epochs: Value
}

/** The rows a step learns from: what enters each Input and what each output is to be, by the names of the layers, batch first. */
export interface Batch {
  readonly inputs: ReadonlyMap<string, Value>
  /** Classes as one column each, whatever the loss. */
  readonly targets: ReadonlyMap<string, Value>
}

/** A batch after mixing, and what becomes of the outputs of layers on their way to the next. */
export interface MixedBatch extends Batch {
  value?(node: string, output: Value): Value
}

/** An output of the network as the techniques of the run see it. */
export interface OutputView {
  readonly node: string
  readonly form: TargetForm
  readonly target: Value
  /** What goes into the sigmoid or softmax it ends in, or what it puts out where it predicts numbers; [batch, ...]. */
  readonly logits: Value | null
  /** The class probabilities, or what the network puts out where it predicts numbers; [batch, ...]. */
  readonly probabilities: Value
  /** Data loss of each row, [batch, ...]. */
  readonly rows: Value
}

/** A weight as its layer uses it, and what it costs, reported under the setting's own name. */
export interface Transformed {
  readonly weight: Value
  /** A scalar of the loss, asked for where there is one. */
  penalty?(): Value
}

/** Columns side by side of which at most one is 1 in a row: those of a category. */
export interface ColumnGroup {
  readonly from: number
  readonly size: number
}

/** Rows of a table: `features` [rows, width] row by row, and the class of each. */
export interface ClassRows {
  readonly features: Float32Array
  readonly classes: Uint32Array
}

/** The rows of the training part: `width` columns, numbers but for those of `categories`. */
export interface TableRows extends ClassRows {
  readonly width: number
  readonly categories: readonly ColumnGroup[]
  readonly random: RandomStream
}

/** A technique fills only the hooks it needs; the compiler calls them in a fixed order and never asks which it is. */
export interface RegularizerDefinition<P extends Params = Params> extends Definition<P> {
  readonly places: readonly Place[]
  /** The rows an epoch goes through, in their order, as many as there are; from the class of each row of the training part. */
  order?(context: {
    readonly params: ValuesOf<P>
    readonly classes: Uint32Array
    readonly random: RandomStream
  }): Uint32Array
  /** Rows to be added to the training part, once, before the run. */
  synthesize?(context: TableRows & { readonly params: ValuesOf<P> }): ClassRows
  /**
   * Training only: the batch before it enters the network. `hidden` names the layers between which values can be mixed as well:
   * those with weights, but for the ones the network ends with. `indices` names the Inputs whose numbers are none: word numbers.
   */
  mix?(
    context: HookContext<P> & {
      readonly batch: Batch
      readonly hidden: readonly string[]
      readonly indices: readonly string[]
      readonly random: Randomness
      /** Throws the one sentence about what does not fit, begun by the technique's title. */
      fail(message: string): never
    },
  ): MixedBatch
  /**
   * A weight as its layer uses it, in training and in predictions. `parameter` asks for a number tensor of its own that is
   * trained along (`<layer>/<weight>/<kind>.<name>`), `update` says what one that is not trainable is after the step.
   */
  transform?(
    context: HookContext<P> &
      WeightContext & {
        readonly training: boolean
        readonly random: Randomness
        parameter(name: string, request: WeightRequest): Value
        update(name: string, next: Value): void
        /** Throws the one sentence about what does not fit: "needs several weights a unit, but ...; remove it there". */
        fail(message: string): never
      },
  ): Transformed
  /** Predictions use what `transform` makes of a weight, not the weight itself; an exported model holds that one. */
  readonly lasting?: true
  /** Targets before the loss; classes arrive as one column each, whatever the loss. */
  labels?(
    context: HookContext<P> & {
      readonly target: Value
      readonly form: TargetForm
      readonly training: boolean
      /** What the network says, of the target's shape. */
      readonly probabilities: Value
    },
  ): Value
  /** Training only: a factor for the loss of each row, [batch], from its target, of which there is one class a row. */
  rowWeights?(
    context: HookContext<P> & {
      readonly target: Value
      readonly form: TargetForm
      /** Rows of each class in the training part; null if unknown. */
      readonly counts: readonly number[] | null
      /** Throws the one sentence about a parameter that does not fit: "there are 4 weights for 3 classes; remove some". */
      fail(message: string, param: keyof P & string, mend?: ParamValue): never
    },
  ): Value
  /** A scalar of the loss, reported under the setting's own name. For activities `value` is [batch, ...]. */
  penalty?(context: HookContext<P> & { readonly value: Value }): Value
  /** Whether the penalty is differentiated; a proximal form reports it and acts in `afterUpdate`. Default: yes. */
  differentiated?(params: ValuesOf<P>): boolean
  /** How often the network sees a batch in one step, each time with masks of its own; the data loss is their mean. Default: 1. */
  readonly passes?: number
  /**
   * Training only: a scalar of the loss from what the network makes of a batch, reported under the setting's own name. `outputs`
   * has one list a pass, `entered` what comes into the layers (of the first pass, augmented and mixed, float32).
   */
  objective?(
    context: HookContext<P> & {
      readonly outputs: readonly (readonly OutputView[])[]
      readonly entered: readonly Value[]
      readonly random: Randomness
      /** The gradients of a scalar with respect to values it was made from. */
      gradients(scalar: Value, wanted: readonly Value[]): readonly Value[]
      /** Throws the one sentence about what does not fit, begun by the technique's title. */
      fail(message: string): never
    },
  ): Value
  /** Where the gradient is taken instead: other weights, of which there are as many. At most one technique of a run does that. */
  perturb?(
    context: HookContext<P> & {
      readonly weights: readonly Value[]
      readonly gradients: readonly Value[]
      readonly names: readonly string[]
    },
  ): readonly Value[]
  /**
   * All gradients, after backward and before the optimizer, with the weights they belong to. `last` holds those of the names
   * that belong to layers after which no other has weights.
   */
  gradients?(
    context: HookContext<P> & {
      readonly gradients: readonly Value[]
      readonly weights: readonly Value[]
      readonly names: readonly string[]
      readonly last: ReadonlySet<string>
      readonly time: Time
      readonly random: Randomness
    },
  ): readonly Value[]
  /**
   * For how many steps from the start of the run the weights of a layer stay as they are, with their state, float32 scalar;
   * they have no gradient meanwhile. `depth` counts the layers that learn, from 0 for the last, of `layers` in all.
   */
  holds?(
    context: HookContext<P> & {
      readonly depth: number
      readonly layers: number
      readonly time: Time
    },
  ): Value
  /** Each weight right before the optimizer's update. */
  beforeUpdate?(context: HookContext<P> & WeightContext & { readonly learningRate: Value }): Value
  /** The weight right after the optimizer's update; `stepSize` is the optimizer's effective step, broadcastable to it. */
  afterUpdate?(context: HookContext<P> & WeightContext & { stepSize(): Value }): Value
  /** State it keeps for each trained weight, named `<layer>/<weight>/<kind>.<slot>`. */
  slots?(params: ValuesOf<P>): Slots
  /** Last of all: the weight after the step and the state after it; `step` counts from 1, float32 scalar. */
  track?(
    context: HookContext<P> &
      WeightContext & {
        readonly slots: Readonly<Record<string, Value>>
        readonly step: Value
        readonly time: Time
      },
  ): { readonly weight: Value; readonly slots: Readonly<Record<string, Value>> }
  /** The slot whose value each weight takes when training ends. */
  readonly final?: string
  /** When training has ended, moving statistics are taken anew over the training rows, for the weights that are kept. */
  readonly refresh?: true
  /** Once per epoch, in the trainer: go on or stop, and whether these weights are the best so far. */
  readonly stop?: StopRule<P>
}

export interface StopRule<P extends Params = Params> {
  start(params: ValuesOf<P>): StopState
  /** The reported number it watches: `validation/loss`, `train/accuracy`; null where it watches none. */
  monitor(params: ValuesOf<P>): string | null
  /** Which way is better, where the user said so; null follows the metric. */
  better(params: ValuesOf<P>): 'higher' | 'lower' | null
  /** It is about errors: numbers of which more is better are no use to it. */
  readonly errorsOnly?: true
  restoreBest(params: ValuesOf<P>): boolean
  /** Seconds of training after which it ends the run, within an epoch if need be. */
  expires?(params: ValuesOf<P>): number
  decide(context: {
    readonly params: ValuesOf<P>
    readonly state: StopState
    /** Counted from 0. */
    readonly epoch: number
    /** The watched number, by the name its part has for it: `loss`. NaN where it watches none. */
    readonly watched: string
    readonly value: number
    readonly better: 'higher' | 'lower'
    /** Every number measured, as rules name them; `trainInference/...` are training rows in inference mode. */
    readonly values: Readonly<Record<string, number>>
    /** The optimizer's learning rate as it is set now, before any schedule. */
    readonly learningRate: number
  }): StopDecision
}

export interface ScheduleDefinition<P extends Params = Params> extends Definition<P> {
  /** The learning rate of a step, float32 scalar; `iteration` counts the steps done before it. */
  build(context: HookContext<P> & { readonly learningRate: Value; readonly iteration: Value }): Value
}

/** One update of one weight: the new weight and the new state. */
export interface Update {
  readonly weight: Value
  readonly slots: Readonly<Record<string, Value>>
  /**
   * The factor η of each element for which a constant gradient g moves the weight by -η g a step once running means have settled,
   * broadcastable to the weight: what proximal steps go by. Null where updates have one size whatever the gradient.
   */
  stepSize(): Value | null
}

export interface OptimizerDefinition<P extends Params = Params> extends Definition<P> {
  /** The state kept for a weight of this shape and name (`<layer>/<weight>`), by its own name. */
  slots(params: ValuesOf<P>, shape: readonly number[], name: string): Slots
  /** `step` counts from 1, float32 scalar. */
  update(
    context: HookContext<P> &
      WeightContext & {
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
export const defineConstraint = <P extends Params>(definition: ConstraintDefinition<P>) => definition
export const defineRegularizer = <P extends Params>(definition: RegularizerDefinition<P>) => definition
export const defineOptimizer = <P extends Params>(definition: OptimizerDefinition<P>) => definition
export const defineSchedule = <P extends Params>(definition: ScheduleDefinition<P>) => definition
export const defineInitializer = <P extends Params>(definition: InitializerDefinition<P>) => definition
