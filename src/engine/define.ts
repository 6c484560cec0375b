/** What a definition is: one file states a layer, loss, regularizer ... and everything else is derived from it. */
import type { ActivationKind } from './activations.ts'
import type { Shape, Value } from './graph/graph.ts'
import type { Builder } from './ops/builder.ts'
import type { Params, ValuesOf } from './param.ts'
import type { ParamValue, Setting } from './project/project.ts'
import type { RandomStream } from './random.ts'
import type { RegularizerDefinition } from './technique.ts'

export type * from './param.ts'
export type * from './technique.ts'

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

/** State kept per weight: a number to fill the weight's shape with at the start, or a shape of its own. */
export type Slot = number | { readonly shape: readonly number[]; readonly fill: number }
export type Slots = Readonly<Record<string, Slot>>

/** What an update hook knows of the weight it acts on. */
export interface WeightContext {
  /** `<layer>/<weight>`. */
  readonly name: string
  readonly weight: Value
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
