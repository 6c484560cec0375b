/** From a Keras object to a setting, by what the definition says of Keras: no list of layers, losses or optimizers here. */
import type { Definition, Family, KerasForm, Param, RangeForm } from '#engine/define.ts'
import { definitionOf, definitions } from '#engine/definitions.ts'
import type { ParamValue, Setting } from '#engine/project/project.ts'
import { argumentOf } from '#engine/scripts/keras/names.ts'
import type { Fields } from './fields.ts'
import { key, type Config, type KerasObject } from './fields.ts'
import { typed } from '../numbers.ts'

/** Other names that Keras has for a class. */
const aliases: Readonly<Record<string, string>> = {
  acc: 'accuracy',
  bce: 'binarycrossentropy',
  kld: 'kldivergence',
  kullbackleiblerdivergence: 'kldivergence',
  mae: 'meanabsoluteerror',
  mape: 'meanabsolutepercentageerror',
  mse: 'meansquarederror',
  msle: 'meansquaredlogarithmicerror',
  orthogonalinitializer: 'orthogonal',
  silu: 'swish',
}

const nameOf = (className: string): string => aliases[key(className)] ?? key(className)

/**
 * The definition of a family that Keras has under this class; undefined when none says so. `config` decides between several
 * that are one class to Keras.
 */
export function definitionOfClass<F extends Family>(
  family: F,
  className: string,
  config: Config = {},
): ReturnType<typeof definitionOf<F>> {
  const all: readonly Definition[] = Object.values(definitions[family])
  const is = (name: string): boolean => nameOf(name) === nameOf(className)
  const named = all.filter(({ keras }) => keras && is(keras.class))
  const [first] = named.length > 0 ? named : all.filter(({ keras }) => keras && formClasses(keras).some(is))
  const meant = named.find(({ keras }) =>
    Object.entries(keras?.only ?? {}).every(([name, value]) => config[name] === value),
  )
  const found = meant ?? first
  return found && definitionOf(family, found.kind)
}

const formClasses = ({ classes = {} }: KerasForm): readonly string[] => Object.values(classes)

/** The parameters of a definition that an object of Keras states; `except` are those read elsewhere. */
export function readParams(
  fields: Fields,
  definition: Definition,
  except: readonly string[] = [],
): Readonly<Record<string, ParamValue>> {
  const params: Record<string, ParamValue> = {}
  const { ranges = {}, probabilities = [], without = [] } = definition.keras ?? {}
  const elsewhere = [...except, ...without, ...Object.values(ranges).map(({ lower }) => lower)]
  for (const [name, param] of Object.entries(definition.params)) {
    if (elsewhere.includes(name)) continue
    const argument = definition.keras?.call?.[name] ?? argumentOf(definition, name)
    if (!fields.has(argument)) continue
    const range = probabilities.includes(name) ? middle : ranges[name]
    if (range && fields.raw(argument) !== null) {
      Object.assign(params, readRange(fields, argument, name, range))
      continue
    }
    const value = readParam(fields, argument, param)
    if (value !== undefined) params[name] = value
  }
  for (const [argument, value] of Object.entries(definition.keras?.only ?? {})) fields.only(argument, value)
  fields.ignore(...(definition.keras?.ignored ?? []))
  return params
}

/** Of a probability drawn between two ends it is only their middle that counts. */
const middle = 'middle'

/** A number or a pair [low, high] as the parameters of its ends; the lower one only where it is not what it would be anyway. */
function readRange(
  fields: Fields,
  argument: string,
  name: string,
  range: RangeForm | typeof middle,
): Readonly<Record<string, ParamValue>> {
  const value = fields.raw(argument)
  const numbers = numbersOf(value) ?? []
  const [first, second = first] = numbers
  if (first === undefined || second === undefined || numbers.length > 2) {
    fields.unsupported(argument, value)
    return {}
  }
  if (range === middle) return { [name]: (first + second) / 2 }
  if (numbers.length === 1) return { [name]: first }
  const [low, end] = [Math.min(first, second), Math.max(first, second)]
  const high = range.exclusive && low < end ? end - 1 : end
  const { times, plus } = range.implied
  // Sums of decimals, such as 1 - 0.6, are as near to what was written as this.
  const isImplied = Math.abs(low - (times * high + plus)) < 1e-9
  return { [name]: high, ...(isImplied ? {} : { [range.lower]: low }) }
}

/** An object as a setting of a family, every one of its settings read; null when the family has none of its class. */
export function readSetting(fields: Fields, family: Family): Setting | null {
  const definition = definitionOfClass(family, fields.className, fields.config)
  if (!definition) return null
  const params = readParams(fields, definition)
  fields.ignore('name', 'seed')
  fields.finish()
  return { kind: definition.kind, params }
}

/** One argument as the parameter wants it; undefined where it stays at its default, which may have been reported. */
function readParam(fields: Fields, argument: string, param: Param): ParamValue | undefined {
  const value = fields.raw(argument)
  const unsupported = (): undefined => {
    fields.unsupported(argument, value)
    return undefined
  }
  if (value === null || value === undefined) {
    if (param.type === 'optional') return null
    if (param.type === 'settings') return []
    if (param.type === 'choice')
      return ['linear', 'none'].find((option) => param.options.includes(option)) ?? unsupported()
    return undefined
  }
  switch (param.type) {
    case 'number':
    case 'integer':
    case 'optional': {
      const [number, ...others] = numbersOf(value) ?? []
      return number !== undefined && others.every((other) => other === number) ? number : unsupported()
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : unsupported()
    case 'text': {
      const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
      return texts.every((each) => typeof each === 'string') ? texts.join(', ') : unsupported()
    }
    case 'choice':
      return chosen(param.options, value) ?? unsupported()
    case 'shape':
    case 'numbers': {
      const numbers = numbersOf(value)
      const single = typeof value === 'number' && param.default.length > 1
      return (single ? param.default.map(() => typed(value)) : numbers) ?? unsupported()
    }
    case 'setting':
    case 'settings': {
      const object = fields.object(argument)
      const setting = object && readNested(fields, argument, object, param.family)
      return setting && (param.type === 'settings' ? [setting] : setting)
    }
  }
}

/** A setting inside another; reports one the family lacks. */
function readNested(fields: Fields, argument: string, object: KerasObject, family: Family): Setting | undefined {
  const setting = readSetting(fields.within(argument, object), family)
  if (setting) return setting
  // The weights come with the archive, so how new ones would start is no reason to refuse it.
  if (family === 'initializer')
    fields.warning(
      `${argument} ${object.className} is not supported yet, so new weights would start in the usual way`,
      argument,
    )
  else fields.unsupported(argument, object.className)
  return undefined
}

/** The option of this name, however Keras spells it. */
export function chosen(options: readonly string[], value: unknown): string | undefined {
  return typeof value === 'string' ? options.find((option) => nameOf(option) === nameOf(value)) : undefined
}

/** A number, or a list of them however nested, as one list; undefined when there is anything else in it. */
function numbersOf(value: unknown): readonly number[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value.flat(Infinity) : [value]
  const numbers = list.filter((each) => typeof each === 'number')
  return numbers.length === list.length ? numbers.map(typed) : undefined
}
