/** A file that Espalier exported: the network as it was drawn is in its metadata, and its weights are among the constants. */
import * as v from 'valibot'
import { buildForward } from '#engine/compile/forward.ts'
import { inputSpecs } from '#engine/compile/inputShape.ts'
import { columnsOf, featureCount } from '#engine/compile/preprocessing.ts'
import { readPreprocessing } from '#engine/compile/preprocessingMetadata.ts'
import type { DataShape, WeightSpec } from '#engine/compile/program.ts'
import { fold } from '#engine/graph/fold.ts'
import { finish } from '#engine/graph/finish.ts'
import { GraphError, sizeOf, type Tensor } from '#engine/graph/graph.ts'
import type { ModelFile } from '#engine/onnx/read.ts'
import { take } from '#engine/graph/take.ts'
import { Builder } from '#engine/ops/builder.ts'
import { openBlocks } from '#engine/project/blocks.ts'
import { checkProject } from '#engine/project/check.ts'
import { entriesOf } from '#engine/project/order.ts'
import { IssueError, type Issue, type Project } from '#engine/project/project.ts'
import { projectSchema } from '#engine/project/schema.ts'
import { isTechniquesOwn } from '#engine/weightName.ts'
import { floats } from './floats.ts'
import type { NamedOutput } from './graph.ts'
import type { OnnxImport } from './import.ts'
import { withoutLasting } from './lasting.ts'

const projectKey = 'espalier.project'

/** What was left of each weight when the network was made smaller: along each axis in the file, its indices in the whole. */
const shrunkSchema = v.object({ kept: v.record(v.string(), v.array(v.nullable(v.array(v.number())))) })

/** Whether a file says which project it is of. */
export const isOwn = ({ metadata }: ModelFile): boolean => Object.hasOwn(metadata, projectKey)

/** The project a file was exported from, with the weights it was exported with. Throws an IssueError where one is missing. */
export function readOwn(file: ModelFile, name: string): OnnxImport {
  const { project, warnings: lasting } = withoutLasting(projectIn(file, name), name)
  const { placed, outputs } = placesOfWeights(project, featuresIn(file, project, name))
  const kept = keptIn(file)
  const issues: Issue[] = []
  const weights = new Map<string, Tensor>()
  for (const [weight, { spec, places }] of placed) {
    const left = (kept[weight] ?? []).reduce<Tensor>(
      (part, indices, axis) => (indices ? take(part, axis, indices) : part),
      places,
    )
    const order = Array.from(left.data, Number)
    const stored = file.initializers.get(weight)
    if (!stored || stored.data.length !== order.length || stored.dtype !== 'float32') {
      issues.push({
        severity: 'error',
        path: `graph/${weight}`,
        message: `${name} holds no weight ${weight} of ${left.shape.join(' × ')} numbers any more; another program may have rewritten it, so import the file as Espalier exported it.`,
      })
      continue
    }
    // What was left out is 0 again: nothing reads it, so the network computes the same.
    const numbers = new Float32Array(sizeOf(spec.shape))
    order.forEach((place, index) => (numbers[place] = Number(stored.data[index])))
    weights.set(weight, floats(spec.shape, numbers))
  }
  if (issues.length > 0) throw new IssueError(...issues)
  const { source } = project.data
  const warnings: readonly Issue[] =
    source === null
      ? lasting
      : [
          ...lasting,
          {
            severity: 'warning',
            path: 'data/source',
            message: `The data, ${source}, are not in ${name}; choose them anew.`,
          },
        ]
  return { project, weights, outputs, warnings }
}

function keptIn({ metadata }: ModelFile): Readonly<Record<string, readonly (readonly number[] | null)[]>> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), shrunkSchema), metadata['espalier.shrunk'])
  return parsed.success ? parsed.output.kept : {}
}

function projectIn({ metadata }: ModelFile, name: string): Project {
  const refuse = (reason: string): never => {
    throw new IssueError({
      severity: 'error',
      path: 'onnx',
      message: `The project inside ${name} ${reason}; export it again.`,
    })
  }
  let stored: unknown
  try {
    stored = JSON.parse(metadata[projectKey] ?? '')
  } catch {
    return refuse('is damaged')
  }
  const parsed = v.safeParse(projectSchema, stored)
  if (!parsed.success) return refuse('is of a form that this version does not know')
  const errors = checkProject(parsed.output).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new IssueError(...errors)
  return { ...parsed.output, weights: null }
}

/** Numbers per row at each Input that takes all features of the data. */
function featuresIn({ metadata }: ModelFile, { graph }: Project, name: string): DataShape | null {
  const entries = entriesOf(openBlocks(graph))
  const open = entries.some(({ params }) => !Array.isArray(params['shape']) || params['shape'].length === 0)
  if (!open) return null
  const preprocessing = readPreprocessing(metadata)
  if (!preprocessing)
    throw new IssueError({
      severity: 'error',
      path: 'onnx',
      message: `${name} does not say which columns it takes, so the shape of its Input is not known; export it again.`,
    })
  const counts = entries.map(({ name: node }, index): readonly [string, number] => [
    node,
    featureCount(columnsOf(preprocessing, node, index)),
  ])
  return { features: counts[0]?.[1] ?? 0, inputs: Object.fromEntries(counts), classes: 0, targets: 0 }
}

interface PlacedWeight {
  readonly spec: WeightSpec
  /** In the place of each number of the constant of its name: that number's place in the weight. */
  readonly places: Tensor
}

/**
 * Where an export puts the numbers of each weight: the export is made once more with weights whose numbers are their own places,
 * so that whatever it moves can be moved back.
 */
function placesOfWeights(
  project: Project,
  data: DataShape | null,
): { readonly placed: ReadonlyMap<string, PlacedWeight>; readonly outputs: readonly NamedOutput[] } {
  const graph = openBlocks(project.graph)
  const g = new Builder('export')
  const specs: WeightSpec[] = []
  const inputs = new Map(
    inputSpecs(graph, data).map(({ node, feed, shape }) => [node, g.input(feed, 'float32', ['batch', ...shape])]),
  )
  const { outputs, issues } = buildForward(
    g,
    graph,
    {
      training: false,
      weight: (spec) => {
        // What a technique keeps for itself is not in the file, and begins anew.
        if (!isTechniquesOwn(spec.name)) specs.push(spec)
        const places = Int32Array.from({ length: sizeOf(spec.shape) }, (_, index) => index)
        return g.initializer(spec.name, { dtype: 'float32', shape: spec.shape, data: places })
      },
      live: ({ value }) => g.scalar(value),
      draws: null,
    },
    ({ name }) => {
      const value = inputs.get(name)
      if (!value) throw new GraphError(`there is no input ${name}`)
      return value
    },
  )
  if (issues.length > 0) throw new IssueError(...issues)
  outputs.forEach(({ prediction }, index) => g.output(prediction, `output ${index}`))
  const { initializers } = fold(finish(g.graph))
  const none: Tensor = { dtype: 'int32', shape: [0], data: new Int32Array() }
  const placed = specs.map((spec): [string, PlacedWeight] => [
    spec.name,
    { spec, places: initializers.get(spec.name) ?? none },
  ])
  return {
    placed: new Map(placed),
    outputs: outputs.map(({ node, prediction: { shape } }) => ({
      name: node,
      node,
      axes: shape.map((_, axis) => axis),
      sizes: shape.slice(1).map(Number),
    })),
  }
}
