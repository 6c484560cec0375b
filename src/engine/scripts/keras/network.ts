/** The network of a Keras script: a line for each layer, in the order in which values flow. */
import type { ParamValue } from '../../project/project.ts'
import type { ScriptLayer, ScriptPlan } from '../plan.ts'
import {
  boolean,
  call,
  flat,
  lines,
  list,
  number,
  prefixed,
  suffixed,
  text,
  tuple,
  type Expression,
} from '../python.ts'
import type { Extras } from './extras.ts'
import { argumentsOf } from './setting.ts'

/** Lines that define `build_model()`. */
export function networkSection(plan: ScriptPlan, extras: Extras): readonly string[] {
  const { layers, inputs, outputs, names } = plan
  const shared = new Set(layers.filter(({ name, source }) => name !== source).map(({ source }) => source))
  const objectOf = (name: string): string => `${names.of(name)}_layer`
  const variableOf = (name: string): string => names.of(name)
  const body = layers.flatMap((layer): readonly string[] => {
    const { variable, name, source } = layer
    if (layer.definition.kind === 'input') {
      const shape = flat(tuple(layer.shape.map(number)))
      return lines(prefixed(`${variable} = `, call('keras.Input', [], { shape, name: text(variable) })), '    ')
    }
    const given = calledWith(layer, layer.inputs.map(variableOf))
    if (name !== source) return lines(`${variable} = ${objectOf(source)}${given}`, '    ')
    const object = layerExpression(layer, extras)
    if (!shared.has(name)) return lines(prefixed(`${variable} = `, suffixed(object, given)), '    ')
    return [
      ...lines(prefixed(`${objectOf(name)} = `, object), '    '),
      ...lines(`${variable} = ${objectOf(name)}${given}`, '    '),
    ]
  })
  const ends = (all: readonly { readonly variable: string }[]): Expression => {
    const [only] = all
    return all.length === 1 ? (only?.variable ?? '') : list(all.map(({ variable }) => variable))
  }
  const model = call('keras.Model', [], {
    inputs: ends(inputs),
    outputs: ends(outputs),
    name: text(plan.project.name.replaceAll(/[^\w.-]+/g, '_') || 'model'),
  })
  return ['def build_model():', ...body, ...lines(prefixed('return ', model), '    ')]
}

/** The layer as Keras constructs it. */
function layerExpression(layer: ScriptLayer, extras: Extras): Expression {
  const { definition, params, variable, frozen } = layer
  const { keras } = definition
  const own = argumentsOf(definition, params, extras)
  const outer = { name: text(variable), ...(frozen && layer.weights.length > 0 ? { trainable: boolean(false) } : {}) }
  const wrapper = keras?.wrapper
  if (wrapper && params[wrapper.param] !== wrapper.none) {
    const inner = call(`layers.${keras.class}`, [], own)
    return call(`layers.${wrapper.class}`, [inner], {
      [wrapper.argument]: text(String(params[wrapper.param])),
      ...outer,
    })
  }
  return call(`layers.${keras?.class ?? definition.title}`, [], { ...own, ...outer })
}

/** What the layer is called with: `(x)`, `([a, b])`, `(query, value, use_causal_mask=True)`. */
function calledWith({ definition, params }: ScriptLayer, inputs: readonly string[]): string {
  const told = Object.entries(definition.keras?.call ?? {})
    .filter(([name]) => isOn(params[name]))
    .map(([, argument]) => `${argument}=True`)
  const several = definition.arity.max > 1
  const [query = '', value = query, ...others] = inputs
  const attends = definition.group === 'Attention'
  const given = attends ? [query, value, ...others] : inputs
  const tensors = several && definition.kind !== 'multiHeadAttention' ? [`[${given.join(', ')}]`] : given
  return `(${[...tensors, ...told].join(', ')})`
}

const isOn = (value: ParamValue | undefined): boolean => value === true
