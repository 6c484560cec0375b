/** What the parameters of a definition can be, and what its code sees of them once they are filled in. */
import type { Setting } from './project/project.ts'

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

/** Where a regularizer can be attached: a weight, a layer's output, or the run as a whole. */
export type Place = 'weight' | 'activity' | 'training'
