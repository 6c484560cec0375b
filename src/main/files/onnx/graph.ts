/** A tidied drawing as the graph of a project, with the weights of its layers. */
import type { Tensor } from '#engine/graph/graph.ts'
import type { ProjectGraph, ProjectNode, Wire } from '#engine/project/project.ts'
import { place } from '../placement.ts'
import { filledFloats } from './floats.ts'
import type { Drawing } from './draw.ts'
import { layersOf, tidy, type End } from './tidy.ts'
import type { Draft } from './sheet.ts'

/** An output of the file, and the node that puts it out. */
export interface NamedOutput {
  readonly name: string
  readonly node: string
  /** For each axis of the file, which axis of the node's output it is; -1 for one of size 1 that the node has not. */
  readonly axes: readonly number[]
  /** Sizes of a row of what the node puts out. */
  readonly sizes: readonly number[]
}

export interface DrawnGraph {
  readonly graph: ProjectGraph
  readonly weights: ReadonlyMap<string, Tensor>
  readonly outputs: readonly NamedOutput[]
  /** Names of the layers that multiply and add constants of the file. */
  readonly scales: readonly string[]
}

/** Tidies a drawing and writes it down; outputs that another layer reads, or that are the same, get ends of their own. */
export function graphOf(drawing: Drawing): DrawnGraph {
  const ends: (End & { readonly name: string; readonly axes: readonly number[] })[] = drawing.outputs.map((output) => ({
    ...output,
  }))
  tidy(drawing.inputs, ends)
  const needed = layersOf([], ends)
  const used = new Set([...drawing.inputs.filter((input) => needed.includes(input)), ...needed])
  const read = new Set([...used].flatMap(({ inputs }) => inputs))
  const taken = new Set<Draft>()
  for (const end of ends) {
    if (read.has(end.layer) || taken.has(end.layer) || end.layer.kind === 'input')
      end.layer = repeated(end.layer, end.name)
    taken.add(end.layer)
    used.add(end.layer)
  }
  // Ends are drawn in the order of the file's outputs, which is the order of the project's.
  const last = ends.map(({ layer }) => layer)
  const layers = [...[...used].filter((layer) => !last.includes(layer)), ...last]
  const nameOf = namesOf(layers)
  const scales = layers.filter(({ kind }) => kind === 'scale')
  for (const scale of scales) normalize(scale)
  const originals = sharing(layers)
  const nodes = layers.map((layer): Omit<ProjectNode, 'position'> => {
    const original = originals.get(layer)
    return {
      name: nameOf(layer),
      kind: layer.kind,
      params: layer.params,
      ...(layer.frozen ? { frozen: true } : {}),
      ...(original ? { sameAs: nameOf(original) } : {}),
    }
  })
  const wires = layers.flatMap((layer) =>
    layer.inputs.map((input): Wire => ({ from: nameOf(input), to: nameOf(layer) })),
  )
  const weights = layers
    .filter((layer) => !originals.has(layer))
    .flatMap((layer) =>
      Object.entries(layer.weights).map(([name, tensor]) => [`${nameOf(layer)}/${name}`, tensor] as const),
    )
  return {
    graph: place({ nodes, wires }),
    weights: new Map(weights),
    outputs: ends.map(({ name, layer, axes }) => ({ name, node: nameOf(layer), axes, sizes: layer.sizes })),
    scales: scales.map(nameOf),
  }
}

function repeated(layer: Draft, name: string): Draft {
  const params = { activation: 'linear' }
  return { name, kind: 'activation', params, inputs: [layer], weights: {}, sizes: layer.sizes, frozen: false }
}

/** A name for each layer: unique, of letters, digits, _ . and -. */
function namesOf(layers: readonly Draft[]): (layer: Draft) => string {
  const names = new Map<Draft, string>()
  const taken = new Set<string>()
  for (const layer of layers) {
    const plain = layer.name.replaceAll(/[^\w.-]/g, '_').replace(/^(?![A-Za-z_])/, '_')
    let unique = plain
    for (let count = 2; taken.has(unique); count++) unique = `${plain}_${count}`
    taken.add(unique)
    names.set(layer, unique)
  }
  return (layer) => names.get(layer) ?? layer.name
}

/** 2⁻¹⁰, with which 1 - ε + ε is 1 in float32 too. */
const epsilon = 1 / 1024

/** x · gamma + beta as a normalization that is held still: its mean is 0, and its variance 1. */
function normalize(layer: Draft): void {
  const { gamma, beta } = layer.weights
  if (!gamma || !beta) throw new Error(`${layer.name} has no factors`)
  const axis = Number(layer.params['axis'])
  layer.kind = 'batchNormalization'
  layer.params = { axis: axis === layer.sizes.length ? -1 : axis, epsilon }
  layer.weights = {
    gamma,
    beta,
    movingMean: filledFloats(gamma.shape, 0),
    movingVariance: filledFloats(gamma.shape, 1 - epsilon),
  }
  layer.frozen = true
}

/** Layers that are another one once more: of the same settings, with the same weights out of the file. */
function sharing(layers: readonly Draft[]): ReadonlyMap<Draft, Draft> {
  const first = new Map<string, Draft>()
  const originals = new Map<Draft, Draft>()
  for (const layer of layers) {
    const weights = Object.entries(layer.weights)
    if (weights.length === 0 || layer.kind === 'batchNormalization') continue
    const shapes = weights.map(([name, { shape, data }]) => [name, shape, data[0], data.at(-1)])
    const key = JSON.stringify([layer.kind, layer.params, shapes])
    const original = first.get(key)
    if (!original) first.set(key, layer)
    else if (weights.every(([name, { data }]) => sameNumbers(data, original.weights[name]?.data)))
      originals.set(layer, original)
  }
  return originals
}

const sameNumbers = (a: Float32Array, b: Float32Array | undefined): boolean =>
  a.length === b?.length && a.every((value, index) => value === b[index])
