/** How the layers of a Keras model hang together: a chain (Sequential) or a graph (Functional), with models inside. */
import * as v from 'valibot'
import { Fields, kerasObject, type Config, type KerasObject } from './fields.ts'

/** A tensor of the model: what a layer puts out when it is called for the n-th time, counted from 0. */
export interface Source {
  readonly layer: string
  readonly call: number
}

export interface Output extends Source {
  readonly name: string
}

/** One use of a layer: the tensors it is given in order, and what else it is told. */
export interface Call {
  readonly inputs: readonly Source[]
  readonly settings: Config
}

export interface KerasLayer {
  readonly name: string
  readonly object: KerasObject
  /** A function of keras.ops in a graph: no layer, so it has no weights and no place in the file of weights. */
  readonly operation: boolean
  readonly calls: readonly Call[]
  /** The layers inside, where the layer is a model. */
  readonly model: KerasModel | null
}

export interface KerasModel {
  readonly layers: readonly KerasLayer[]
  /** Names of the input layers, in the order in which the model takes them. */
  readonly inputs: readonly string[]
  /** What it puts out, in order, and the name each output goes by. */
  readonly outputs: readonly Output[]
  /** The shape it was built for, [null, ...], where it has no input layer. */
  readonly builtFor: unknown
}

const layersSchema = v.array(
  v.looseObject({
    module: v.optional(v.nullable(v.string())),
    config: v.looseObject({ name: v.string() }),
    build_config: v.optional(v.nullable(v.looseObject({ input_shape: v.optional(v.unknown()) }))),
    inbound_nodes: v.optional(v.array(v.unknown())),
  }),
)

const modelClasses = ['Sequential', 'Functional', 'Model']

/** The layers of a model in file order; null when it is of a class that has none, which is reported. */
export function readNetwork(fields: Fields, buildConfig: Config): KerasModel | null {
  const parsed = v.safeParse(layersSchema, fields.raw('layers'))
  if (!parsed.success || !modelClasses.includes(fields.className)) {
    fields.error(`models of class ${fields.className} are not supported yet`)
    return null
  }
  const layers = parsed.output.flatMap((stored): KerasLayer[] => {
    const object = kerasObject(stored)
    if (!object) return []
    const { name } = stored.config
    const own = new Fields(object, `${object.className} layer ${name}`, `${fields.path}/${name}`, fields.issues)
    return [
      {
        name,
        object,
        operation: stored.module?.includes('.ops') === true,
        calls: (stored.inbound_nodes ?? []).map((call) => readCall(own, call)),
        model: modelClasses.includes(object.className) ? readNetwork(own, stored.build_config ?? {}) : null,
      },
    ]
  })
  const builtFor = fields.raw('build_input_shape') ?? buildConfig['input_shape']
  if (fields.className === 'Sequential') return chain(layers, builtFor)
  const inputs = sourcesOf(fields.raw('input_layers')).map(({ layer }) => layer)
  return { layers, inputs, outputs: sourcesOf(fields.raw('output_layers')), builtFor }
}

function chain(layers: readonly KerasLayer[], builtFor: unknown): KerasModel {
  const [first] = layers
  const last = layers.at(-1)
  return {
    layers: layers.map((layer, index) => {
      const before = layers[index - 1]
      return { ...layer, calls: [{ inputs: before ? [{ layer: before.name, call: 0 }] : [], settings: {} }] }
    }),
    inputs: first?.object.className === 'InputLayer' ? [first.name] : [],
    outputs: last ? [{ name: last.name, layer: last.name, call: 0 }] : [],
    builtFor,
  }
}

const sourceSchema = v.tuple([v.string(), v.number(), v.number()])

/** Inputs and outputs are written `["a", 0, 0]` for one, a list or record of those for several, however nested. */
function sourcesOf(value: unknown, name?: string): readonly Output[] {
  const one = v.safeParse(sourceSchema, value)
  if (one.success) return [{ name: name ?? one.output[0], layer: one.output[0], call: one.output[1] }]
  if (Array.isArray(value)) return value.flatMap((each: unknown) => sourcesOf(each))
  if (typeof value !== 'object' || value === null) return []
  // Keras takes the entries of records in the order of their names.
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, each]: [string, unknown]) => sourcesOf(each, key))
}

const callSchema = v.object({ args: v.array(v.unknown()), kwargs: v.record(v.string(), v.unknown()) })
const tensorSchema = v.object({
  class_name: v.literal('__keras_tensor__'),
  config: v.object({ keras_history: sourceSchema }),
})

/** Names under which layers take tensors, in the order in which they take them. */
const tensorNames = ['inputs', 'sequence', 'query', 'value', 'key']

/** What a call is given. */
function readCall(layer: Fields, call: unknown): Call {
  const parsed = v.safeParse(callSchema, call)
  if (!parsed.success) {
    layer.error('called in a way that is not supported yet')
    return { inputs: [], settings: {} }
  }
  const { args, kwargs } = parsed.output
  const named = tensorNames.flatMap((name) => (tensorOf(kwargs[name]) ? [kwargs[name]] : []))
  const inputs = [...args.flat(2), ...named].flatMap((argument) => {
    const tensor = tensorOf(argument)
    if (!tensor && argument !== null) {
      layer.error('called with something that is no layer, which is not supported yet')
    }
    return tensor ?? []
  })
  // Keras notes the default of `training` in every call of some layers.
  const settings = Object.entries(kwargs).filter(
    ([name, value]) =>
      value !== null && value !== false && !(tensorNames.includes(name) && tensorOf(value)) && !isEmpty(value),
  )
  return { inputs, settings: Object.fromEntries(settings) }
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.every((each) => each === null)

function tensorOf(argument: unknown): Source | undefined {
  const tensor = v.safeParse(tensorSchema, argument)
  if (!tensor.success) return undefined
  const [layer, call] = tensor.output.config.keras_history
  return { layer, call }
}
