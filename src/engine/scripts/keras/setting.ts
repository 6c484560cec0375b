/** A setting as the object that Keras has for it, derived from what its definition says of Keras. */
import type { Definition, Family, KerasForm, Param } from '../../define.ts'
import { filled, requireDefinition } from '../../definitions.ts'
import type { ParamValue, Setting } from '../../project/project.ts'
import { isSetting, settingsIn } from '../plan.ts'
import { isProximal, proximalStrengths } from '../proximal.ts'
import { boolean, call, flat, list, number, real, text, tuple, type Expression } from '../python.ts'
import type { Extras } from './extras.ts'
import { argumentOf } from './names.ts'

/** Where Keras keeps the classes of a family. */
const modules: Readonly<Record<Family, string>> = {
  layer: 'layers',
  loss: 'losses',
  metric: 'metrics',
  regularizer: 'regularizers',
  constraint: 'constraints',
  optimizer: 'optimizers',
  schedule: 'optimizers.schedules',
  initializer: 'initializers',
}

/** Parameters that Keras has no default for, or another one. */
const alwaysWritten: Readonly<Record<string, readonly string[]>> = {
  dense: ['units'],
  simpleRNN: ['units'],
  lstm: ['units'],
  gru: ['units'],
  conv1D: ['filters', 'kernelSize'],
  conv2D: ['filters', 'kernelSize'],
  conv1DTranspose: ['filters', 'kernelSize'],
  conv2DTranspose: ['filters', 'kernelSize'],
  separableConv1D: ['filters', 'kernelSize'],
  separableConv2D: ['filters', 'kernelSize'],
  depthwiseConv1D: ['kernelSize'],
  depthwiseConv2D: ['kernelSize'],
  averagePooling1D: ['poolSize'],
  averagePooling2D: ['poolSize'],
  embedding: ['inputDim', 'outputDim'],
  multiHeadAttention: ['numHeads', 'keyDim'],
  activation: ['activation'],
  dropout: ['rate'],
  spatialDropout1D: ['rate'],
  spatialDropout2D: ['rate'],
  alphaDropout: ['rate'],
  gaussianDropout: ['rate'],
  gaussianNoise: ['deviation'],
  randomCrop: ['height', 'width'],
  randomFlip: ['mode'],
  reshape: ['shape'],
  permute: ['dims'],
  repeatVector: ['n'],
  dot: ['axes'],
  l1: ['strength'],
  l2: ['strength'],
  l1l2: ['l1', 'l2'],
  f1Score: ['average'],
  fBetaScore: ['average'],
  earlyStopping: ['monitor', 'patience', 'restoreBest'],
  reduceOnPlateau: ['monitor'],
  exponentialDecay: ['decaySteps', 'decayRate'],
  inverseTimeDecay: ['decaySteps', 'decayRate'],
  polynomialDecay: ['decaySteps'],
  cosineDecay: ['steps'],
  cosineDecayRestarts: ['firstDecaySteps'],
}

export interface WriteOptions {
  /** Parameters written elsewhere. */
  readonly except?: readonly string[]
  /** Arguments that stand in place of what the parameters say, or beside them. */
  readonly also?: Readonly<Record<string, Expression>>
}

/** `regularizers.L2(l2=0.01)`; null where Keras has nothing that is the same. */
export function settingExpression(
  family: Family,
  setting: Setting,
  extras: Extras,
  options: WriteOptions = {},
): Expression | null {
  const definition: Definition = requireDefinition(family, setting.kind, setting.kind)
  const own = extras.own(family, setting)
  if (own) return own
  if (!definition.keras) return null
  return call(
    `${modules[family]}.${definition.keras.class}`,
    [],
    argumentsOf(definition, filled(definition, setting), extras, options),
  )
}

/** Keras' arguments for parameters, by name: those that are not at Keras' own default. */
export function argumentsOf(
  definition: Definition,
  params: Readonly<Record<string, ParamValue>>,
  extras: Extras,
  { except = [], also = {} }: WriteOptions = {},
): Readonly<Record<string, Expression>> {
  const { keras } = definition
  const elsewhere = [
    ...except,
    ...(keras?.without ?? []),
    ...Object.keys(keras?.call ?? {}),
    ...Object.values(keras?.ranges ?? {}).map(({ lower }) => lower),
    keras?.wrapper?.param,
  ]
  const written: Record<string, Expression> = {}
  for (const [name, param] of Object.entries(definition.params)) {
    if (elsewhere.includes(name)) continue
    const argument = argumentOf(definition, name)
    const pair = pairOf(keras, name, params)
    if (pair) {
      const ends = pair.map(param.type === 'integer' ? number : real)
      written[argument] = ends.length === 1 ? (ends[0] ?? '') : flat(tuple(ends))
      continue
    }
    // An output has no update after which a proximal form could act.
    const value = name === 'activityRegularizers' ? (params[name] ?? null) : gradientForms(params[name] ?? null)
    const wanted = alwaysWritten[definition.kind]?.includes(name) === true
    const usual = !wanted && JSON.stringify(value) === JSON.stringify(param.default)
    const expression = usual ? null : valueExpression(param, value, extras, keras?.pairs?.includes(name) === true)
    const steps = proximalSteps(params[name.replace(/Constraints$/, 'Regularizers')], name, extras)
    if (expression !== null) written[argument] = expression
    if (steps.length > 0)
      written[argument] = together('constraint', [...steps, ...(expression === null ? [] : [expression])], extras)
  }
  for (const [name, value] of Object.entries(keras?.only ?? {}))
    // Of what Keras can do in several ways, this is the one.
    if (name === 'curve') written[name] = text(String(value))
  return { ...written, ...also }
}

/** The ends of the pair that Keras has for a number, whatever one number would mean to Keras; null where it has none. */
function pairOf(
  keras: KerasForm | undefined,
  name: string,
  params: Readonly<Record<string, ParamValue>>,
): readonly number[] | null {
  const high = params[name]
  if (typeof high !== 'number') return null
  if (keras?.probabilities?.includes(name) === true) return [high, high]
  const range = keras?.ranges?.[name]
  if (!range) return null
  const own = params[range.lower]
  if (range.alone && own === null) return [high]
  const low = typeof own === 'number' ? own : range.implied.times * high + range.implied.plus
  return range.exclusive && low < high ? [low, high + 1] : [low, high]
}

function valueExpression(param: Param, value: ParamValue, extras: Extras, pairs: boolean): Expression | null {
  if (value === null) return 'None'
  if (typeof value === 'number') return param.type === 'number' ? real(value) : number(value)
  if (typeof value === 'boolean') return boolean(value)
  if (typeof value === 'string') {
    if (value === 'gelu_tanh') return 'lambda x: keras.activations.gelu(x, approximate=True)'
    return text(value)
  }
  if (isSetting(value)) return param.type === 'setting' ? settingExpression(param.family, value, extras) : null
  if (param.type === 'settings') return combined(param.family, settingsIn(value), extras)
  const numbers = value.filter((each) => typeof each === 'number')
  const [first] = numbers
  if (first === undefined) return null
  if (param.type === 'numbers') return numbers.length === 1 ? number(first) : list(numbers.map(number))
  if (pairs) {
    const halves = [numbers.slice(0, 2), numbers.slice(2)]
    return tuple(halves.map((half) => flat(tuple(half.map(number)))))
  }
  return tuple(numbers.map(number))
}

/** Keras takes one regularizer or constraint, which may stand for several. */
function combined(family: Family, settings: readonly Setting[], extras: Extras): Expression | null {
  const written = settings.flatMap((setting) => settingExpression(family, setting, extras) ?? [])
  return written.length > 0 ? together(family, written, extras) : null
}

function together(family: Family, parts: readonly Expression[], extras: Extras): Expression {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  return call(extras.use(family === 'constraint' ? 'InOrder' : 'Together'), parts)
}

/** A list of settings without those that act as a step of their own. */
function gradientForms(value: ParamValue): ParamValue {
  const settings = settingsIn(value)
  return settings.some(isProximal) ? settings.filter((setting) => !isProximal(setting)) : value
}

/** Proximal regularizers of a weight, which a constraint can stand for: Keras calls it after each update. */
function proximalSteps(regularizers: ParamValue | undefined, name: string, extras: Extras): readonly Expression[] {
  if (!name.endsWith('Constraints')) return []
  return settingsIn(regularizers)
    .filter(isProximal)
    .map((setting) => {
      const { l1, l2 } = proximalStrengths(setting)
      return call(extras.use('ProximalL1'), [], { l1: real(l1), ...(l2 === 0 ? {} : { l2: real(l2) }) })
    })
}
