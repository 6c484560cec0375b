/** The network in inference mode: with loss and metrics for validation, and alone for predictions. */
import { GraphError, type Graph, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { finish } from '../graph/finish.ts'
import { Builder } from '../ops/builder.ts'
import type { Project } from '../project/project.ts'
import { buildForward, type Forward, type Surroundings } from './forward.ts'
import { named } from './inputShape.ts'
import { buildObjective, reportOf, truthOf } from './objective.ts'
import { planOutputs } from './outputs.ts'
import type { DataShape, InputSpec } from './program.ts'
import { drawsOf, stepKey } from './random.ts'
import { LiveInputs } from './liveInputs.ts'

/** Inference mode: weights are graph inputs, and nothing is random. */
function inference(g: Builder, live: LiveInputs): Surroundings {
  return {
    training: false,
    weight: ({ name, shape }) => g.input(name, 'float32', shape),
    live: (spec) => live.read(spec),
    draws: null,
  }
}

/** The network over inputs of so many rows; by default, of any number. */
function buildInference(
  g: Builder,
  project: Project,
  inputs: readonly InputSpec[],
  surroundings: Surroundings,
  batch: number | string = 'batch',
): Forward {
  const values = new Map(inputs.map(({ node, feed, shape }) => [node, g.input(feed, 'float32', [batch, ...shape])]))
  return buildForward(g, project.graph, surroundings, ({ name }) => {
    const value = values.get(name)
    if (!value) throw new GraphError(`there is no input ${name}`)
    return value
  })
}

/** The evaluate graph of a Program. */
export function buildEvaluateGraph(project: Project, data: DataShape, inputs: readonly InputSpec[]): Graph {
  const g = new Builder('evaluate')
  const surroundings = inference(g, new LiveInputs(g))
  const forward = buildInference(g, project, inputs, surroundings)
  const plans = planOutputs(project, forward, data)
  const targets = new Map(
    plans.map(({ spec }) => {
      const { node, feed, target } = spec
      const dtype = target.form === 'index' ? 'int64' : 'float32'
      const truth = truthOf(g, spec, g.input(feed, dtype, ['batch', ...target.shape]))
      return [node, { truth, aim: truth }]
    }),
  )
  const rowWeights = data.rowWeights ? g.input('rowWeights', 'float32', ['batch']) : null
  g.output(reportOf(g, buildObjective(g, project, [forward], plans, targets, rowWeights, surroundings)), 'report')
  g.output(
    summarize(
      g,
      forward.weights.map(({ used }) => used),
    ),
    'summary',
  )
  return verified(g)
}

/** One line a weight: how many elements are exactly zero, the sum of squares, the smallest and the largest element. */
function summarize(g: Builder, weights: readonly Value[]): Value {
  const lines = weights.map((weight) => {
    const zeros = g.ReduceSum(g.Cast(g.Equal(weight, g.scalar(0)), 'float32'), null)
    const least = g.Neg(g.ReduceMax(g.Neg(weight), null))
    const numbers = [zeros, g.ReduceSumSquare(weight, null), least, g.ReduceMax(weight, null)]
    return g.Concat(
      numbers.map((number) => g.Reshape(number, [1, 1])),
      1,
    )
  })
  return lines.length > 0 ? g.Concat(lines, 0) : g.zeros([0, 4], 'float32')
}

/** What is random in a graph that runs once a call: `seed` uint32 and `iteration` int64, both scalars. */
function drawing(g: Builder): ReturnType<typeof drawsOf> {
  return drawsOf(g, stepKey(g, g.input('seed', 'uint32', []), g.input('iteration', 'int64', [])))
}

/** The sample graph of a Program: predictions of which layers of noise take part. */
export function buildSampleGraph(project: Project, inputs: readonly InputSpec[], batch: number): Graph | null {
  const g = new Builder('sample')
  const surroundings: Surroundings = { ...inference(g, new LiveInputs(g)), sampled: true, draws: drawing(g) }
  const { outputs } = buildInference(g, project, inputs, surroundings, batch)
  for (const { node, prediction } of outputs) g.output(prediction, named('prediction', node, outputs.length))
  const graph = verified(g)
  const random = graph.nodes.some(({ inputs: read }) => read.some((value) => value?.name === 'seed'))
  return random ? graph : null
}

/** The refresh graph of a Program: what moving statistics follow, of one batch as training sees it. */
export function buildRefreshGraph(project: Project, inputs: readonly InputSpec[], batch: number): Graph | null {
  const g = new Builder('refresh')
  const surroundings: Surroundings = { ...inference(g, new LiveInputs(g)), training: true, draws: drawing(g) }
  const { followed } = buildInference(g, project, inputs, surroundings, batch)
  if (followed.size === 0) return null
  for (const [name, value] of followed) g.output(value, `${name}.now`)
  return verified(g)
}

/** The used graph of a Program: what the techniques on weights make of them for predictions. */
export function buildUsedGraph(project: Project, inputs: readonly InputSpec[]): Graph | null {
  const g = new Builder('used')
  const { weights } = buildInference(g, project, inputs, inference(g, new LiveInputs(g)))
  const transformed = weights.filter(({ value, used }) => used !== value)
  if (transformed.length === 0) return null
  for (const { spec, used } of transformed) g.output(used, `${spec.name}.used`)
  const graph = verified(g)
  const read = new Set(graph.nodes.flatMap((node) => node.inputs.map((value) => value?.name)))
  return { ...graph, inputs: graph.inputs.filter(({ name }) => read.has(name)) }
}

function verified(g: Builder): Graph {
  const graph = finish(g.graph)
  verify(graph)
  return graph
}

/** The predict graph of a Program. */
export function buildPredictGraph(
  project: Project,
  inputs: readonly InputSpec[],
): { readonly graph: Graph; readonly forward: Forward } {
  const g = new Builder('predict')
  const forward = buildInference(g, project, inputs, inference(g, new LiveInputs(g)))
  for (const { node, prediction } of forward.outputs)
    g.output(prediction, named('prediction', node, forward.outputs.length))
  return { graph: verified(g), forward }
}
