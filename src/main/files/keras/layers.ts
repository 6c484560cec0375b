/** The layers of Keras that Espalier has, one function each. */
import * as v from 'valibot'
import type { Setting } from '#engine/project/project.ts'
import type { Fields } from './fields.ts'
import { activation, activationLayer, initializer, regularizers } from './settings.ts'

interface LayerImport {
  /** Reads the layer's own settings. */
  readonly read: (fields: Fields) => Setting
  /** Names of its weights in the order in which Keras stores them. */
  readonly weights?: (setting: Setting) => readonly string[]
}

const sizes = v.array(v.number())

/** A shape that Keras keeps with its batch axis first, which may be null. */
const batchShape = v.pipe(
  v.tupleWithRest([v.null()], v.number()),
  v.transform(([, ...shape]) => shape),
)

/** The input of rows of a stored shape; reports the ones that leave more open than the batch size. */
export function inputSetting(fields: Fields, name: string): Setting {
  const stored = fields.raw(name)
  const shape = v.safeParse(batchShape, stored)
  if (!shape.success) fields.error(`an input of shape ${JSON.stringify(stored)} is not supported yet`, name)
  return { kind: 'input', params: { shape: shape.success ? shape.output : [] } }
}

const layers: Readonly<Record<string, LayerImport>> = {
  InputLayer: {
    read: (fields) => {
      fields.ignore('optional')
      return inputSetting(fields, 'batch_shape')
    },
  },
  Dense: {
    read: (fields) => ({
      kind: 'dense',
      params: {
        units: fields.number('units', 1),
        activation: activation(fields, 'activation'),
        useBias: fields.flag('use_bias', true),
        kernelInitializer: initializer(fields, 'kernel_initializer', 'glorotUniform'),
        biasInitializer: initializer(fields, 'bias_initializer', 'zeros'),
        kernelRegularizers: regularizers(fields, 'kernel_regularizer'),
        biasRegularizers: regularizers(fields, 'bias_regularizer'),
        activityRegularizers: regularizers(fields, 'activity_regularizer'),
      },
    }),
    weights: ({ params }) => (params.useBias === false ? ['kernel'] : ['kernel', 'bias']),
  },
  Activation: { read: (fields) => activationOf(fields, activation(fields, 'activation')) },
  ActivityRegularization: {
    read: (fields) => {
      const params = { l1: fields.number('l1', 0), l2: fields.number('l2', 0) }
      return { kind: 'activation', params: { activation: 'linear', activityRegularizers: [{ kind: 'l1l2', params }] } }
    },
  },
  Dropout: {
    read: (fields) => {
      fields.ignore('seed')
      return { kind: 'dropout', params: { rate: fields.number('rate', 0.5) } }
    },
  },
  Flatten: {
    read: (fields) => {
      fields.only('data_format', 'channels_last')
      return { kind: 'flatten', params: {} }
    },
  },
  Reshape: {
    read: (fields) => {
      const shape = v.safeParse(sizes, fields.raw('target_shape'))
      if (!shape.success) fields.unsupported('target_shape', fields.raw('target_shape'))
      return { kind: 'reshape', params: { shape: shape.success ? shape.output : [-1] } }
    },
  },
  Add: { read: () => ({ kind: 'add', params: {} }) },
  Concatenate: { read: (fields) => ({ kind: 'concatenate', params: { axis: fields.number('axis', -1) } }) },
  ...Object.fromEntries(
    ['ReLU', 'LeakyReLU', 'ELU', 'Softmax'].map((className): [string, LayerImport] => [
      className,
      { read: (fields) => activationOf(fields, activationLayer(fields) ?? 'linear') },
    ]),
  ),
}

function activationOf(fields: Fields, kind: string): Setting {
  return {
    kind: 'activation',
    params: { activation: kind, activityRegularizers: regularizers(fields, 'activity_regularizer') },
  }
}

/** A layer of the project, and the names of the weights it brings along. */
export interface ReadLayer {
  readonly setting: Setting
  readonly weights: readonly string[]
}

/** Reads one layer; reports what it cannot take over and gives null when there is no such layer at all. */
export function readLayer(fields: Fields): ReadLayer | null {
  const layer = Object.hasOwn(layers, fields.className) ? layers[fields.className] : undefined
  if (!layer) {
    fields.refuse()
    return null
  }
  fields.ignore('name')
  const dtype = fields.object('dtype')
  const type = dtype?.config.name ?? dtype?.className ?? 'float32'
  if (type !== 'float32') fields.unsupported('dtype', type)
  const setting = layer.read(fields)
  const weights = layer.weights?.(setting) ?? []
  if (weights.length > 0) fields.only('trainable', true)
  else fields.ignore('trainable')
  fields.finish()
  return { setting, weights }
}
