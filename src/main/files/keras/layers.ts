/** The layers of Keras: by their definitions, and the few that Keras writes in another way. */
import * as v from 'valibot'
import { definitions } from '#engine/definitions.ts'
import type { Setting } from '#engine/project/project.ts'
import { activationOf, readActivation } from './activation.ts'
import { chosen, definitionOfClass, readParams } from './definition.ts'
import type { Fields, KerasObject } from './fields.ts'

/** What a layer becomes: a setting, and an activation of its own after it where the layer's is none of the usual ones. */
export interface ReadLayer {
  readonly setting: Setting
  readonly after: Setting | null
  readonly frozen: boolean
}

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

/** What drops along these axes as one: 1 in the shape of Keras' mask, batch first; undefined where no layer does. */
function dropoutKind(noiseShape: unknown): string | undefined {
  if (noiseShape === null || noiseShape === undefined) return 'dropout'
  if (!Array.isArray(noiseShape) || noiseShape[0] !== null) return undefined
  const alike = noiseShape.slice(1).map((size) => size === 1)
  if (alike.every(Boolean)) return 'stochasticDepth'
  const channels = alike.pop() === false && alike.length > 0 && alike.every(Boolean)
  return channels && alike.length <= 2 ? `spatialDropout${alike.length}D` : undefined
}

/** Layers that are not what a definition says of itself. */
const special: Readonly<Record<string, (fields: Fields) => Setting | null>> = {
  InputLayer: (fields) => {
    fields.ignore('optional')
    return inputSetting(fields, 'batch_shape')
  },
  ActivityRegularization: (fields) => {
    const params = { l1: fields.number('l1', 0), l2: fields.number('l2', 0) }
    // Keras notes the same once more as an object.
    fields.ignore('activity_regularizer')
    return { kind: 'activation', params: { activation: 'linear', activityRegularizers: [{ kind: 'l1l2', params }] } }
  },
  Dropout: (fields) => {
    const shape = fields.raw('noise_shape')
    const kind = dropoutKind(shape)
    if (kind === undefined) fields.unsupported('noise_shape', shape)
    return { kind: kind ?? 'dropout', params: { rate: fields.number('rate', 0.5) } }
  },
  TimeDistributed: (fields) => {
    const layer = fields.object('layer')
    // These act on the last axis or on each number alone, so that the steps before it are as good as more rows.
    const stepwise = [
      'Dense',
      'Activation',
      'Dropout',
      'AlphaDropout',
      'GaussianDropout',
      'GaussianNoise',
      'LayerNormalization',
      'RMSNormalization',
    ]
    if (layer && stepwise.includes(layer.className)) return readLayer(fields.within('layer', layer))?.setting ?? null
    fields.unsupported('layer', layer?.className)
    return null
  },
}

/** A layer that Keras puts around another: here a parameter of that other. */
function readWrapper(fields: Fields): Setting | null {
  const object = fields.object('layer')
  const definition = object && definitionOfClass('layer', object.className)
  const wrapper = definition?.keras?.wrapper
  if (!object || !definition || wrapper?.class !== fields.className) {
    fields.unsupported('layer', object?.className)
    return null
  }
  const inner = fields.within('layer', object)
  const mode = fields.raw(wrapper.argument)
  const param = definition.params[wrapper.param]
  const chosenMode = param?.type === 'choice' ? chosen(param.options, mode) : undefined
  if (chosenMode === undefined) fields.unsupported(wrapper.argument, mode)
  const backward = fields.object('backward_layer')
  if (backward && described(backward) !== described(object)) fields.unsupported('backward_layer', 'of its own')
  fields.ignore('weights')
  const setting = readLayer(inner)?.setting
  return setting ? { ...setting, params: { ...setting.params, [wrapper.param]: chosenMode ?? wrapper.none } } : null
}

/** All that has to be the same in both directions. */
function described({ className, config }: KerasObject): string {
  const apart = ['name', 'seed', 'shared_object_id', 'go_backwards', 'zero_output_for_mask']
  return JSON.stringify([className, config], (name, value: unknown) => (apart.includes(name) ? undefined : value))
}

const isWrapper = (className: string): boolean =>
  Object.values(definitions.layer).some(({ keras }) => keras?.wrapper?.class === className)

/** Reads one layer; reports what it cannot take over and gives null when there is no such layer at all. */
export function readLayer(fields: Fields): ReadLayer | null {
  const own = Object.hasOwn(special, fields.className) ? special[fields.className] : undefined
  const read = own ?? (isWrapper(fields.className) ? readWrapper : undefined)
  const definition = definitionOfClass('layer', fields.className)
  const plain = read || definition ? null : activationOf(fields)
  if (!read && !definition && plain === null) {
    fields.refuse()
    return null
  }
  fields.ignore('name', 'seed')
  readType(fields)
  const frozen = !fields.flag('trainable', true)
  if (read || !definition) {
    const setting = read ? read(fields) : plain
    if (setting) fields.finish()
    return setting && { setting, after: null, frozen }
  }
  const activation = readActivation(fields, definition)
  const except = activation.own === null ? [] : ['activation']
  const params = { ...readParams(fields, definition, except), ...activation.own }
  fields.finish()
  return { setting: { kind: definition.kind, params }, after: activation.after, frozen }
}

/** Whole numbers may enter a model, which are float32 here; everything else has to be float32. */
function readType(fields: Fields): void {
  const dtype = fields.object('dtype')
  const type = dtype?.config['name'] ?? dtype?.className ?? 'float32'
  const entry = fields.className === 'InputLayer' && /^(u?int\d+|bool)$/.test(String(type))
  if (type !== 'float32' && !entry) fields.unsupported('dtype', type)
}
