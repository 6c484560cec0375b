/** A Keras model as a graph of the project: its layers as nodes, models inside it as blocks. */
import type { Issue, ProjectGraph, ProjectNode, Setting, Wire } from '#engine/project/project.ts'
import { Fields } from './fields.ts'
import { inputSetting, readLayer, type ReadLayer } from './layers.ts'
import type { Call, KerasLayer, KerasModel, Output, Source } from './network.ts'
import { readOperation } from './operations.ts'
import { place } from '../placement.ts'

/** A layer of Keras, and where the project has it. */
export interface DrawnLayer {
  readonly layer: KerasLayer
  /** The node's name inside its graph. */
  readonly name: string
  /** The layers of a block. */
  readonly inside: readonly DrawnLayer[]
}

export interface Drawing {
  readonly graph: ProjectGraph
  readonly layers: readonly DrawnLayer[]
  /** In the model's order. */
  readonly outputs: readonly DrawnOutput[]
}

/** An output: its name and the layer that puts it out in Keras, and the node that does here. */
export interface DrawnOutput {
  readonly name: string
  readonly layer: string
  readonly node: string
}

/** Draws a model; reports every layer that has no counterpart and goes on without it. `frozen`: none of it is trained. */
export function drawModel(model: KerasModel, path: string, frozen: boolean, issues: Issue[]): Drawing {
  return new Sheet(path, frozen, issues).draw(model)
}

/** What a layer becomes: a setting, maybe with an activation after it, or a block. */
interface Read extends ReadLayer {
  readonly inside: Drawing | null
}

class Sheet {
  readonly #path: string
  readonly #frozen: boolean
  readonly #issues: Issue[]
  readonly #names = new Set<string>()
  readonly #nodes: Omit<ProjectNode, 'position'>[] = []
  readonly #wires: Wire[] = []
  readonly #layers: DrawnLayer[] = []
  /** The node that puts out what a layer's n-th call does. */
  readonly #sources = new Map<string, string>()

  constructor(path: string, frozen: boolean, issues: Issue[]) {
    this.#path = path
    this.#frozen = frozen
    this.#issues = issues
  }

  draw(model: KerasModel): Drawing {
    const [first, ...rest] = model.layers
    if (first && model.inputs.length === 0) {
      this.#enter(model)
      this.#add({ ...first, calls: [{ inputs: [{ layer: '', call: 0 }], settings: {} }] })
      for (const layer of rest) this.#add(layer)
    } else for (const layer of model.layers) this.#add(layer)
    const wires = this.#wires.map(({ from, to }) => ({ from: this.#sources.get(from) ?? from, to }))
    const ends = this.#end(model.outputs, wires)
    const entries = model.inputs.map((name) => this.#sources.get(keyOf({ layer: name, call: 0 })))
    const rank = ({ name }: { readonly name: string }): number => {
      if (entries.includes(name)) return entries.indexOf(name) - entries.length
      return ends.findIndex(({ node }) => node === name) + 1
    }
    const nodes = [...this.#nodes].sort((a, b) => rank(a) - rank(b))
    return { graph: place({ nodes, wires }), layers: this.#layers, outputs: ends }
  }

  // A Sequential model without an Input layer knows its input's shape once it has been built.
  #enter(model: KerasModel): void {
    const built = { className: 'model', config: { input_shape: model.builtFor } }
    const setting = inputSetting(new Fields(built, 'The model', this.#path, this.#issues), 'input_shape')
    const name = this.#name('input')
    this.#nodes.push({ name, ...setting })
    this.#sources.set(keyOf({ layer: '', call: 0 }), name)
  }

  #add(layer: KerasLayer): void {
    const calls: readonly Call[] = layer.calls.length > 0 ? layer.calls : [{ inputs: [], settings: {} }]
    const read = this.#read(layer, calls)
    if (!read) return
    const name = this.#name(layer.name)
    this.#layers.push({ layer, name, inside: read.inside?.layers ?? [] })
    calls.forEach(({ inputs }, call) => {
      const own = call === 0 ? name : this.#name(`${layer.name}_${call + 1}`)
      this.#nodes.push({
        name: own,
        ...read.setting,
        ...(call > 0 ? { sameAs: name } : {}),
        ...(read.frozen ? { frozen: true } : {}),
        ...(read.inside && call === 0 ? { block: read.inside.graph } : {}),
      })
      for (const source of inputs) this.#wires.push({ from: keyOf(source), to: own })
      this.#sources.set(keyOf({ layer: layer.name, call }), this.#followed(own, read.after))
    })
  }

  /** The node that puts out what this one does, after the activation that follows it. */
  #followed(name: string, after: Setting | null): string {
    if (!after) return name
    const node = this.#name(`${name}_activation`)
    this.#nodes.push({ name: node, ...after })
    this.#wires.push({ from: name, to: node })
    return node
  }

  #read(layer: KerasLayer, calls: readonly Call[]): Read | null {
    const { className, config } = layer.object
    const [first, ...others] = calls
    const object = { className, config: { ...config, ...first?.settings } }
    const fields = new Fields(object, `${className} layer ${layer.name}`, `${this.#path}/${layer.name}`, this.#issues)
    for (const { settings } of others) {
      if (JSON.stringify(settings) === JSON.stringify(first?.settings)) continue
      fields.error('called in several ways, which is not supported yet')
    }
    if (layer.model) {
      const frozen = this.#frozen || config['trainable'] === false
      if (layer.model.outputs.length !== 1) {
        fields.error(
          `a model inside the model that puts out ${layer.model.outputs.length} tensors is not supported yet`,
        )
        return null
      }
      const inside = drawModel(layer.model, fields.path, frozen, this.#issues)
      return { setting: { kind: 'block', params: {} }, after: null, frozen: false, inside }
    }
    const read = layer.operation ? readOperation(fields) : readLayer(fields)
    return read && { ...read, frozen: this.#frozen || read.frozen, inside: null }
  }

  /** The nodes that put out, one each; one that also feeds others gets an end of its own. */
  #end(outputs: readonly Output[], wires: Wire[]): readonly DrawnOutput[] {
    const ends = new Set<string>()
    return outputs.flatMap((source) => {
      const node = this.#sources.get(keyOf(source))
      if (node === undefined) return []
      let end = node
      const kind = this.#nodes.find(({ name }) => name === node)?.kind
      // Of several outputs each is a layer by itself, so that it can have a loss of its own.
      const block = kind === 'block' && outputs.length > 1
      if (block || kind === 'input' || ends.has(node) || wires.some(({ from }) => from === node)) {
        end = this.#name(`${node}_output`)
        this.#nodes.push({ name: end, kind: 'activation', params: { activation: 'linear' } })
        wires.push({ from: node, to: end })
      }
      ends.add(end)
      return [{ name: source.name, layer: source.layer, node: end }]
    })
  }

  /** A node's name: letters, digits, _ . - and unique, whatever Keras allowed. */
  #name(name: string): string {
    const plain = name.replaceAll(/[^\w.-]/g, '_').replace(/^(?![A-Za-z_])/, '_')
    let unique = plain
    for (let count = 2; this.#names.has(unique); count++) unique = `${plain}_${count}`
    this.#names.add(unique)
    return unique
  }
}

// No layer's name has a line break in it, so that keys and names of nodes never meet.
const keyOf = ({ layer, call }: Source): string => `${layer}\n${call}`
