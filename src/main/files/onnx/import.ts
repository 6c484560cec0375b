/** From an `.onnx` file to a project and its starting weights. */
import { checkProject } from '#engine/project/check.ts'
import { buildPredictGraph } from '#engine/compile/evaluation.ts'
import { inputSpecs } from '#engine/compile/inputShape.ts'
import { sameShape, type Tensor } from '#engine/graph/graph.ts'
import { readModel, type ModelFile, type SecondFile } from '#engine/onnx/read.ts'
import { OnnxError } from '#engine/onnx/tensor.ts'
import { IssueError, type Issue, type Project } from '#engine/project/project.ts'
import { drawNetwork } from './draw.ts'
import { graphOf, type NamedOutput } from './graph.ts'
import { isOwn, readOwn } from './own.ts'
import { assumedTraining } from './training.ts'

export interface OnnxImport {
  readonly project: Project
  /** Starting weights, named `<node>/<weight>`. */
  readonly weights: ReadonlyMap<string, Tensor>
  /** In the file's order. */
  readonly outputs: readonly NamedOutput[]
  /** What was assumed, and what is different from the file without changing what is computed. */
  readonly warnings: readonly Issue[]
}

/**
 * Reads a model in ONNX' format: one that Espalier exported becomes the project it was, any other is drawn from its nodes. `file`
 * is its name for messages and for the project; `secondFile` gives the files beside it that large models keep their numbers in.
 * Throws an IssueError with everything that stands in the way, all at once.
 */
export function importOnnx(bytes: Uint8Array, file: string, secondFile?: SecondFile): OnnxImport {
  const model = read(bytes, file, secondFile)
  return isOwn(model) ? readOwn(model, file) : readForeign(model, file)
}

function read(bytes: Uint8Array, file: string, secondFile: SecondFile | undefined): ModelFile {
  try {
    return readModel(bytes, secondFile)
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error
    throw new IssueError({ severity: 'error', path: 'onnx', message: `${file} cannot be read: ${error.message}.` })
  }
}

function readForeign(model: ModelFile, file: string): OnnxImport {
  const issues = model.problems.map((problem): Issue => ({
    severity: 'error',
    path: 'onnx',
    message: `${file}: ${problem}.`,
  }))
  const drawing = drawNetwork(model, issues)
  const errors = issues.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new IssueError(...errors)
  const drawn = graphOf(drawing)
  for (const scale of drawn.scales)
    issues.push({
      severity: 'warning',
      path: `graph/${scale}`,
      message: `${scale} multiplies and adds constants of the file: a normalization that is frozen with mean 0 and variance 1; keep it frozen.`,
    })
  const project: Project = {
    format: 'espalier',
    version: 1,
    name: file.replace(/\.onnx$/i, ''),
    doc: `Imported from ${file}${model.producer === '' ? '' : `, written by ${model.producer}`}.`,
    graph: drawn.graph,
    // What the model was trained on may have been standardized already, or not: the file knows, so nothing is added here.
    data: { source: null, columns: {}, validationFraction: 0.2, stratify: true, standardize: false },
    training: assumedTraining(drawn.graph, drawn.outputs, issues),
    weights: null,
  }
  const wrong = checkProject(project).filter(({ severity }) => severity === 'error')
  if (wrong.length > 0) throw new IssueError(...wrong)
  checkWeights(project, drawn.weights)
  return { project, weights: drawn.weights, outputs: drawn.outputs, warnings: issues }
}

/** Builds the network once; throws where a layer or a weight does not fit. */
function checkWeights(project: Project, weights: ReadonlyMap<string, Tensor>): void {
  const { forward } = buildPredictGraph(project, inputSpecs(project.graph, null))
  if (forward.issues.length > 0) throw new IssueError(...forward.issues)
  for (const { spec } of forward.weights) {
    const tensor = weights.get(spec.name)
    if (!tensor || !sameShape(tensor.shape, spec.shape))
      throw new Error(
        `${spec.name} should be ${spec.shape.join(' × ')}, but is ${tensor?.shape.join(' × ') ?? 'missing'}`,
      )
  }
}
