/** Keras' activations: a name, or one of its activation layers in the place of a name. */
import type { Definition } from '#engine/define.ts'
import type { ParamValue, Setting } from '#engine/project/project.ts'
import { chosen, definitionOfClass, readSetting } from './definition.ts'
import { kerasObject, key, type Fields } from './fields.ts'

/** Layers that are one of the named activations as long as their settings are these. */
const named: Readonly<
  Record<string, { readonly kind: string; readonly only: Readonly<Record<string, number | null>> }>
> = {
  relu: { kind: 'relu', only: { max_value: null, negative_slope: 0, threshold: 0 } },
  leakyrelu: { kind: 'leaky_relu', only: { negative_slope: 0.2 } },
  elu: { kind: 'elu', only: { alpha: 1 } },
  celu: { kind: 'celu', only: { alpha: 1 } },
  softmax: { kind: 'softmax', only: { axis: -1 } },
  logsoftmax: { kind: 'log_softmax', only: { axis: -1 } },
  gelu: { kind: 'gelu', only: {} },
}

/** An object that is nothing but a named activation, as a layer; null when it is none. */
export function activationOf(fields: Fields): Setting | null {
  const layer = named[key(fields.className)]
  if (!layer) return null
  for (const [name, value] of Object.entries(layer.only)) fields.only(name, value)
  return { kind: 'activation', params: { activation: layer.kind } }
}

export interface ReadActivation {
  /** The parameter, where the file has the activation in another form than the definition; null where it has not. */
  readonly own: Readonly<Record<string, ParamValue>> | null
  /** A layer to follow, where the activation has settings of its own. */
  readonly after: Setting | null
}

/** The activation of a layer, where it is an activation layer instead of a name. */
export function readActivation(fields: Fields, definition: Definition): ReadActivation {
  const param = definition.params['activation']
  const value = fields.has('activation') ? fields.raw('activation') : null
  const object = typeof value === 'object' ? kerasObject(value) : undefined
  if (!object || param?.type !== 'choice') return { own: null, after: null }
  const bare = Object.keys(object.config).length === 0 ? chosen(param.options, object.className) : undefined
  if (bare !== undefined) return { own: { activation: bare }, after: null }
  const inner = fields.within('activation', object)
  inner.ignore('name', 'trainable', 'dtype')
  const layer = definitionOfClass('layer', object.className)
  const plain = layer ? null : activationOf(inner)
  if (plain) {
    inner.finish()
    return { own: { activation: plain.params['activation'] ?? 'linear' }, after: null }
  }
  const after = layer?.group === 'Activation' ? readSetting(inner, 'layer') : null
  if (!after) fields.unsupported('activation', object.className)
  return { own: {}, after }
}
