/** What a technique of regularization is: the hooks it may fill, and what each is given. */
import type { Definition, HookContext, Randomness, Slots, TargetForm, WeightContext, WeightRequest } from './define.ts'
import type { Value } from './graph/graph.ts'
import type { Params, Place, ValuesOf } from './param.ts'
import type { ParamValue } from './project/project.ts'
import type { RandomStream } from './random.ts'

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
