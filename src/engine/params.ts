/** Ways to declare a parameter; each keeps its type, so a definition's code sees typed values. */
import type {
  BooleanParam,
  ChoiceParam,
  Family,
  NumberParam,
  NumbersParam,
  OptionalNumberParam,
  Place,
  SettingParam,
  SettingsParam,
  ShapeParam,
  TextParam,
} from './define.ts'

export const number = (param: Omit<NumberParam, 'type'>): NumberParam => ({ type: 'number', ...param })
export const integer = (param: Omit<NumberParam, 'type'>): NumberParam => ({ type: 'integer', ...param })
export const optional = (param: Omit<OptionalNumberParam, 'type'>): OptionalNumberParam => ({
  type: 'optional',
  ...param,
})
export const flag = (param: Omit<BooleanParam, 'type'>): BooleanParam => ({ type: 'boolean', ...param })
export const choice = <const O extends string>(param: Omit<ChoiceParam<O>, 'type'>): ChoiceParam<O> => ({
  type: 'choice',
  ...param,
})
export const numbers = (param: Omit<NumbersParam, 'type'>): NumbersParam => ({ type: 'numbers', ...param })
export const text = (param: Omit<TextParam, 'type'>): TextParam => ({ type: 'text', ...param })
export const shape = (param: Omit<ShapeParam, 'type'>): ShapeParam => ({ type: 'shape', ...param })

/** One definition of a family, by its kind at its defaults. */
export const setting = (family: Family, kind: string, title: string, doc: string): SettingParam => ({
  type: 'setting',
  family,
  title,
  doc,
  default: { kind, params: {} },
})

/** A list of regularizers that act at this place, none by default. */
export const regularizers = (place: Place, title: string, doc: string): SettingsParam => ({
  type: 'settings',
  family: 'regularizer',
  place,
  title,
  doc,
  default: [],
})

/** A list of constraints on a weight, none by default. */
export const constraints = (title: string, doc: string): SettingsParam => ({
  type: 'settings',
  family: 'constraint',
  title,
  doc,
  default: [],
})

/** A strength: 0 or more, on a logarithmic slider, changeable while training. */
export const strength = (
  doc: string,
  preset = 0.01,
  sensible: readonly [number, number] = [1e-5, 0.1],
): NumberParam => ({
  type: 'number',
  title: 'Strength',
  doc,
  default: preset,
  min: 0,
  sensible,
  scale: 'log',
  live: true,
})
