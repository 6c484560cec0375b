/** From a `.keras` archive to a project and its starting weights. */
import { formatShape, sameShape, type Tensor } from '#engine/graph/graph.ts'
import {
  IssueError,
  type Issue,
  type Project,
  type ProjectNode,
  type Setting,
  type Wire,
} from '#engine/project/project.ts'
import { readArchive, type Archive } from './archive.ts'
import { Fields } from './fields.ts'
import { inputSetting, readLayer, type ReadLayer } from './layers.ts'
import { readLoss, readMetrics } from './loss.ts'
import { readNetwork, type KerasLayer } from './network.ts'
import { readOptimizer } from './optimizer.ts'
import { place } from './placement.ts'
import { readVariables, type StoredLayer } from './variables.ts'

export interface KerasImport {
  readonly project: Project
  /** Starting weights, named `<node>/<weight>`. */
  readonly weights: ReadonlyMap<string, Tensor>
  /** What was left out because it changes neither training nor predictions. */
  readonly warnings: readonly Issue[]
}

/**
 * Reads a model that Keras 3 saved; `file` is its name for messages and for the project. Throws an IssueError with
 * everything that stands in the way, all at once.
 */
export function importKeras(bytes: Uint8Array, file: string): KerasImport {
  const issues: Issue[] = []
  const archive = readArchive(bytes, file)
  const layers = readNetwork({ className: archive.model.class_name, config: archive.model.config }, issues)
  const nodes = readNodes(layers, archive, issues)
  const training = readTraining(archive, nodes, issues)
  const weights = readWeights(archive, nodes, file, issues)
  const errors = issues.filter((issue) => issue.severity === 'error')
  if (errors.length > 0) throw new IssueError(...errors)
  const project: Project = {
    format: 'espalier',
    version: 1,
    name: file.replace(/\.keras$/i, ''),
    doc: `Imported from ${file}.`,
    graph: draw(nodes),
    data: { source: null, columns: {}, validationFraction: 0.2, stratify: true, standardize: true },
    training,
    weights: null,
  }
  return { project, weights, warnings: issues }
}

/** A layer on its way into the project. */
interface Node extends ReadLayer {
  /** The layer's name in Keras, and in the project, where fewer characters are allowed. */
  readonly layer: KerasLayer
  readonly name: string
}

function readNodes(layers: readonly KerasLayer[], archive: Archive, issues: Issue[]): Node[] {
  const names = new Set<string>()
  const nodes = layers.flatMap((layer) => {
    const { className } = layer.object
    const fields = new Fields(layer.object, `${className} layer ${layer.name}`, `graph/${layer.name}`, issues)
    const read = readLayer(fields)
    return read ? [{ ...read, layer, name: nodeName(layer.name, names) }] : []
  })
  return withInput(nodes, archive, names, issues)
}

/** A node's name: letters, digits, _ . - and unique, whatever Keras allowed. */
function nodeName(name: string, taken: Set<string>): string {
  const plain = name.replaceAll(/[^\w.-]/g, '_').replace(/^(?![A-Za-z_])/, '_')
  let unique = plain
  for (let count = 2; taken.has(unique); count++) unique = `${plain}_${count}`
  taken.add(unique)
  return unique
}

// A Sequential model without an Input layer knows its input's shape once it has been built.
function withInput(nodes: readonly Node[], archive: Archive, names: Set<string>, issues: Issue[]): Node[] {
  const [first, ...rest] = nodes
  if (!first || first.layer.inputs.length > 0 || first.setting.kind === 'input') return [...nodes]
  const build = { className: 'model', config: archive.model.build_config ?? {} }
  const setting = inputSetting(new Fields(build, 'The model', 'graph', issues), 'input_shape')
  const name = nodeName('input', names)
  const layer: KerasLayer = { name: '', object: build, inputs: [] }
  return [{ layer, name, setting, weights: [] }, { ...first, layer: { ...first.layer, inputs: [''] } }, ...rest]
}

function readTraining(archive: Archive, nodes: readonly Node[], issues: Issue[]): Project['training'] {
  const compiled = new Fields(
    { className: 'compile', config: archive.model.compile_config ?? {} },
    'The model',
    'training',
    issues,
  )
  const errors = () => issues.filter((issue) => issue.severity === 'error').length
  const before = errors()
  const optimizer = readOptimizer(compiled)
  const loss = readLoss(compiled)
  const metrics = readMetrics(compiled)
  // How Keras runs the steps, not what they compute.
  compiled.ignore('run_eagerly', 'steps_per_execution', 'jit_compile', 'auto_scale_loss')
  compiled.finish()
  const assumed = assumedLoss(nodes)
  if (!loss && errors() === before) {
    compiled.warning(`it was saved without a loss, so ${assumed} is assumed; choose another if that is wrong`, 'loss')
  }
  return {
    loss: loss?.loss ?? { kind: assumed, params: {} },
    optimizer: optimizer?.optimizer ?? { kind: 'adam', params: {} },
    metrics,
    regularizers: [...(loss?.regularizers ?? []), ...(optimizer?.regularizers ?? [])],
    // Keras' fit is told these each time, so the archive has none: its own defaults, but for the number of epochs.
    epochs: 50,
    batchSize: 32,
    shuffle: true,
    seed: 1,
  }
}

/** The usual loss for what the last layer puts out. */
function assumedLoss(nodes: readonly Node[]): string {
  const activation = nodes.at(-1)?.setting.params.activation
  if (activation === 'sigmoid') return 'binaryCrossentropy'
  return activation === 'softmax' ? 'sparseCategoricalCrossentropy' : 'meanSquaredError'
}

function readWeights(archive: Archive, nodes: readonly Node[], file: string, issues: Issue[]): Map<string, Tensor> {
  const stored = nodes.map(({ layer }) => ({ name: layer.name, className: layer.object.className }))
  const variables = variablesOf(archive, stored, file, issues)
  const weights = new Map<string, Tensor>()
  for (const { layer, name, setting, weights: expected } of nodes) {
    const tensors = variables.get(layer.name) ?? []
    if (tensors.length !== expected.length || !fits(setting, tensors)) {
      const found = tensors.length > 0 ? tensors.map(({ shape }) => formatShape(shape)).join(', ') : 'none'
      const message = `${layer.object.className} layer ${layer.name}: ${file} should hold its ${expected.join(' and ')}, but holds ${found}.`
      issues.push({ severity: 'error', path: `graph/${name}`, message })
    }
    expected.forEach((weight, index) => {
      const tensor = tensors[index]
      if (tensor) weights.set(`${name}/${weight}`, tensor)
    })
  }
  return weights
}

function variablesOf(
  archive: Archive,
  layers: readonly StoredLayer[],
  file: string,
  issues: Issue[],
): ReadonlyMap<string, readonly Tensor[]> {
  try {
    return readVariables(archive.weights, layers)
  } catch {
    issues.push({ severity: 'error', path: 'keras', message: `The weights inside ${file} are damaged.` })
    return new Map()
  }
}

/** Whether a dense layer's weights have as many columns as the layer has units. */
function fits(setting: Setting, tensors: readonly Tensor[]): boolean {
  const units = setting.params.units
  if (typeof units !== 'number') return true
  const [kernel, bias] = tensors
  return kernel?.shape.length === 2 && kernel.shape[1] === units && (!bias || sameShape(bias.shape, [units]))
}

function draw(nodes: readonly Node[]): Project['graph'] {
  const names = new Map(nodes.map(({ layer, name }) => [layer.name, name]))
  const wires: Wire[] = nodes.flatMap(({ layer, name }) =>
    layer.inputs.map((from) => ({ from: names.get(from) ?? from, to: name })),
  )
  const positions = place(
    nodes.map(({ name }) => name),
    wires,
  )
  const drawn = nodes.map(({ name, setting }): ProjectNode => ({
    name,
    ...setting,
    position: positions.get(name) ?? { x: 0, y: 0 },
  }))
  return { nodes: drawn, wires }
}
