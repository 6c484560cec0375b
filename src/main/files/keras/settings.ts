/** The small objects of Keras that layers carry: initializers, regularizers, activations. */
import type { Setting } from '#engine/project/project.ts'
import { Fields, key, type KerasObject } from './fields.ts'

const plainInitializers: Readonly<Record<string, string>> = {
  zeros: 'zeros',
  ones: 'ones',
  glorotuniform: 'glorotUniform',
  glorotnormal: 'glorotNormal',
  heuniform: 'heUniform',
  henormal: 'heNormal',
  lecununiform: 'lecunUniform',
  lecunnormal: 'lecunNormal',
}

/** An initializer; one that Espalier lacks is left out with a warning, since the weights come with the archive. */
export function initializer(layer: Fields, name: string, otherwise: string): Setting {
  const object = layer.object(name)
  if (!object) return { kind: otherwise, params: {} }
  const fields = within(layer, name, object)
  fields.ignore('seed')
  if (['orthogonal', 'orthogonalinitializer'].includes(key(object.className))) {
    const gain = fields.number('gain', 1)
    fields.finish()
    return { kind: 'orthogonal', params: { gain } }
  }
  const kind = plainInitializers[key(object.className)]
  if (kind === undefined) {
    layer.warning(
      `${name} ${object.className} is not supported yet, so training from new weights starts from ${otherwise}`,
      name,
    )
    return { kind: otherwise, params: {} }
  }
  fields.finish()
  return { kind, params: {} }
}

/** A regularizer as a list of none or one; `where` is the setting that holds it. */
export function regularizers(layer: Fields, where: string): Setting[] {
  const object = layer.object(where)
  if (!object) return []
  const fields = within(layer, where, object)
  const setting = regularizer(fields)
  if (!setting) layer.unsupported(where, object.className)
  else fields.finish()
  return setting ? [setting] : []
}

function regularizer(fields: Fields): Setting | undefined {
  switch (key(fields.className)) {
    case 'l1':
      return { kind: 'l1', params: { strength: fields.number('l1', 0.01), form: 'gradient' } }
    case 'l2':
      return { kind: 'l2', params: { strength: fields.number('l2', 0.01) } }
    case 'l1l2':
      return { kind: 'l1l2', params: { l1: fields.number('l1', 0), l2: fields.number('l2', 0) } }
    default:
      return undefined
  }
}

const activations: Readonly<Record<string, string>> = {
  linear: 'linear',
  relu: 'relu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softmax: 'softmax',
  elu: 'elu',
  selu: 'selu',
  softplus: 'softplus',
  gelu: 'gelu',
  silu: 'swish',
  swish: 'swish',
  leakyrelu: 'leaky_relu',
}

/** An activation by name, or as one of Keras' activation layers put in its place. */
export function activation(layer: Fields, name: string): string {
  const object = layer.object(name)
  if (!object) return 'linear'
  const fields = within(layer, name, object)
  // A bare name stands for the function with its own defaults; a layer states its settings.
  const kind = Object.keys(object.config).length > 0 ? activationLayer(fields) : activations[key(object.className)]
  if (kind !== undefined) return kind
  layer.unsupported(name, object.className)
  return 'linear'
}

/** The function of a layer that is nothing but an activation; undefined when this layer is none of those. */
export function activationLayer(fields: Fields): string | undefined {
  switch (key(fields.className)) {
    case 'relu':
      fields.only('max_value')
      fields.only('negative_slope', 0)
      fields.only('threshold', 0)
      return 'relu'
    case 'leakyrelu':
      fields.only('negative_slope', 0.2)
      return 'leaky_relu'
    case 'elu':
      fields.only('alpha', 1)
      return 'elu'
    case 'softmax':
      fields.only('axis', -1)
      return 'softmax'
    default:
      return undefined
  }
}

const within = (outer: Fields, name: string, object: KerasObject): Fields =>
  new Fields(object, `${outer.owner}, ${name} ${object.className}`, `${outer.path}/${name}`, outer.issues)
