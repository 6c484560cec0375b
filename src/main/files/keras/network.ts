/** How the layers of a Keras model hang together: a chain (Sequential) or a graph (Functional). */
import * as v from 'valibot'
import type { Issue } from '#engine/project/project.ts'
import { Fields, kerasObject, type KerasObject } from './fields.ts'

/** A layer of the model, and the names of the layers that feed it, in order. */
export interface KerasLayer {
  readonly name: string
  readonly object: KerasObject
  readonly inputs: readonly string[]
}

const layersSchema = v.array(
  v.looseObject({ config: v.looseObject({ name: v.string() }), inbound_nodes: v.optional(v.array(v.unknown())) }),
)

/** The layers of a model in file order; reports what has no place in a project, such as a second input. */
export function readNetwork(model: KerasObject, issues: Issue[]): KerasLayer[] {
  const fields = new Fields(model, 'The model', 'graph', issues)
  const parsed = v.safeParse(layersSchema, fields.raw('layers'))
  if (!parsed.success) {
    fields.error(`models of class ${model.className} are not supported yet`)
    return []
  }
  const layers = parsed.output.flatMap((layer) => {
    const object = kerasObject(layer)
    return object ? [{ name: layer.config.name, object, calls: layer.inbound_nodes ?? [] }] : []
  })
  if (model.className === 'Sequential') return chain(layers)
  if (model.className === 'Functional' || model.className === 'Model') return graph(fields, layers)
  fields.error(`models of class ${model.className} are not supported yet`)
  return []
}

interface StoredLayer {
  readonly name: string
  readonly object: KerasObject
  readonly calls: readonly unknown[]
}

function chain(layers: readonly StoredLayer[]): KerasLayer[] {
  return layers.map(({ name, object }, index) => {
    const before = layers[index - 1]
    return { name, object, inputs: before ? [before.name] : [] }
  })
}

function graph(fields: Fields, layers: readonly StoredLayer[]): KerasLayer[] {
  for (const [name, what] of [
    ['input_layers', 'input'],
    ['output_layers', 'output'],
  ] as const) {
    const count = ends(fields.raw(name))
    if (count !== 1) fields.error(`${count} ${what}s are not supported yet, only one`, name)
  }
  return layers.map(({ name, object, calls }) => {
    const owner = `${object.className} layer ${name}`
    const layer = new Fields(object, owner, `graph/${name}`, fields.issues)
    if (calls.length > 1) layer.error(`used in ${calls.length} places, which is not supported yet`)
    return { name, object, inputs: readCall(layer, calls[0]) }
  })
}

/** Inputs and outputs are written `["a", 0, 0]` for one, a list or record of those for several. */
function ends(value: unknown): number {
  if (Array.isArray(value) && typeof value[0] === 'string') return 1
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}

const callSchema = v.object({ args: v.array(v.unknown()), kwargs: v.record(v.string(), v.unknown()) })
const tensorSchema = v.object({
  class_name: v.literal('__keras_tensor__'),
  config: v.object({ keras_history: v.tuple([v.string(), v.number(), v.number()]) }),
})

/** The layers whose outputs a call is given. */
function readCall(layer: Fields, call: unknown): string[] {
  if (call === undefined) return []
  const parsed = v.safeParse(callSchema, call)
  if (!parsed.success) {
    layer.error('called in a way that is not supported yet')
    return []
  }
  for (const [name, value] of Object.entries(parsed.output.kwargs)) {
    if (value !== null && value !== false) layer.unsupported(`called with ${name}`, value)
  }
  return parsed.output.args.flat(2).flatMap((argument) => {
    const tensor = v.safeParse(tensorSchema, argument)
    if (tensor.success) return [tensor.output.config.keras_history[0]]
    if (argument !== null) layer.error('called with something that is no layer, which is not supported yet')
    return []
  })
}
