/** The network of a Keras script: a line for each layer, in the order in which values flow. */
import { fail, type ParamValue } from '../../project/project.ts'
import type { ScriptLayer, ScriptPlan } from '../plan.ts'
import {
  boolean,
  call,
  flat,
  lines,
  list,
  number,
  prefixed,
  real,
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
  if (definition.kind === 'stochasticDepth') {
    // One draw for a row is Dropout with a mask that is the same along all other axes.
    const noiseShape = flat(tuple(['None', ...layer.shape.map(() => '1')]))
    return call('layers.Dropout', [], {
      rate: real(Number(params.rate)),
      noise_shape: noiseShape,
      name: text(variable),
    })
  }
  if (!keras)
    return fail(
      `graph/${layer.name}`,
      `${layer.name}: Keras has no ${definition.title}; take it out, or write a PyTorch script.`,
    )
  for (const name of keras.told ?? []) {
    const { title = name } = definition.params[name] ?? {}
    if (isEmpty(params[name]))
      fail(
        `graph/${layer.name}/${name}`,
        `${layer.name}: Keras takes no ${title.toLowerCase()} from a batch; write the ${title.toLowerCase()} of ${layer.name}, such as 0, 1.`,
      )
  }
  const own = argumentsOf(definition, params, extras)
  const outer = { name: text(variable), ...(frozen && layer.weights.length > 0 ? { trainable: boolean(false) } : {}) }
  const { wrapper } = keras
  if (wrapper && params[wrapper.param] !== wrapper.none) {
    const inner = call(`layers.${keras.class}`, [], own)
    return call(`layers.${wrapper.class}`, [inner], {
      [wrapper.argument]: text(String(params[wrapper.param])),
      ...outer,
    })
  }
  return call(`layers.${keras.class}`, [], { ...own, ...outer })
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

const isEmpty = (value: ParamValue | undefined): boolean => Array.isArray(value) && value.length === 0
const isOn = (value: ParamValue | undefined): boolean => value === true
