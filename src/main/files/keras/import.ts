/** From a `.keras` archive to a project and its starting weights. */
import { buildPredictGraph } from '#engine/compile/evaluation.ts'
import { inputSpecs } from '#engine/compile/inputShape.ts'
import type { WeightSpec } from '#engine/compile/program.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { openBlocks } from '#engine/project/blocks.ts'
import { IssueError, type Issue, type Project, type ProjectGraph } from '#engine/project/project.ts'
import { readArchive } from './archive.ts'
import { drawModel, type DrawnOutput } from './draw.ts'
import { Fields } from './fields.ts'
import { readNetwork } from './network.ts'
import { readTraining } from './training.ts'
import { readWeights } from './variables.ts'

export interface KerasImport {
  readonly project: Project
  /** Starting weights, named `<node>/<weight>`. */
  readonly weights: ReadonlyMap<string, Tensor>
  /** What Keras calls the outputs, in the model's order. */
  readonly outputs: readonly DrawnOutput[]
  /** What was left out because it changes neither training nor predictions. */
  readonly warnings: readonly Issue[]
}

/**
 * Reads a model that Keras 3 saved; `file` is its name for messages and for the project. Throws an IssueError with
 * everything that stands in the way, all at once.
 */
export function importKeras(bytes: Uint8Array, file: string): KerasImport {
  const issues: Issue[] = []
  const { model, weights: stored } = readArchive(bytes, file)
  const object = { className: model.class_name, config: model.config }
  const network = readNetwork(new Fields(object, 'The model', 'graph', issues), model.build_config ?? {})
  if (!network) throw new IssueError(...issues)
  const { graph, layers, outputs } = drawModel(network, 'graph', model.config.trainable === false, issues)
  const drawn = !issues.some(isError)
  const compiled = { className: 'compile', config: model.compile_config ?? {} }
  const training = readTraining(new Fields(compiled, 'The model', 'training', issues), outputs, graph)
  const project: Project = {
    format: 'espalier',
    version: 1,
    name: file.replace(/\.keras$/i, ''),
    doc: `Imported from ${file}.`,
    graph,
    data: { source: null, columns: {}, validationFraction: 0.2, stratify: true, standardize: true },
    training,
    weights: null,
  }
  // Which weights a network has is known once all of its layers are.
  const specs = drawn ? weightsOf(project, issues) : []
  const weights = drawn ? weightsIn(() => readWeights(stored, layers, specs, file, issues), file, issues) : new Map()
  const errors = issues.filter(isError)
  if (errors.length > 0) throw new IssueError(...errors)
  return { project: { ...project, graph: thawed(graph, specs) }, weights, outputs, warnings: issues }
}

const isError = ({ severity }: Issue): boolean => severity === 'error'

/** The weights a project asks for, of the layers that can be built; reports the others. */
function weightsOf(project: Project, issues: Issue[]): readonly WeightSpec[] {
  try {
    const graph = openBlocks(project.graph)
    const { forward } = buildPredictGraph({ ...project, graph }, inputSpecs(graph, null))
    issues.push(...forward.issues)
    return forward.weights.map(({ spec }) => spec)
  } catch (problem) {
    if (!(problem instanceof IssueError)) throw problem
    issues.push(...problem.issues)
    return []
  }
}

function weightsIn(read: () => Map<string, Tensor>, file: string, issues: Issue[]): Map<string, Tensor> {
  try {
    return read()
  } catch {
    issues.push({ severity: 'error', path: 'keras', message: `The weights inside ${file} are damaged.` })
    return new Map()
  }
}

/** Layers without weights are not frozen: there is nothing to hold still. */
function thawed(graph: ProjectGraph, specs: readonly WeightSpec[], prefix = ''): ProjectGraph {
  const nodes = graph.nodes.map(({ frozen, ...node }) => {
    const path = `${prefix}${node.sameAs ?? node.name}`
    const block = node.block ? { block: thawed(node.block, specs, `${path}/`) } : {}
    return { ...node, ...block, ...(frozen && specs.some(({ name }) => name.startsWith(`${path}/`)) ? { frozen } : {}) }
  })
  return { nodes, wires: graph.wires }
}
