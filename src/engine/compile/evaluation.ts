/** The network in inference mode: with loss and metrics for validation, and alone for predictions. */
import { GraphError, type Graph, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { finish } from '../graph/finish.ts'
import { Builder } from '../ops/builder.ts'
import type { Project } from '../project/project.ts'
import { buildForward, type Forward, type Surroundings } from './forward.ts'
import { named } from './inputShape.ts'
import { buildObjective, reportOf } from './objective.ts'
import { planOutputs } from './outputs.ts'
import type { DataShape, InputSpec } from './program.ts'
import { LiveInputs } from './trainStep.ts'

/** Inference mode: weights are graph inputs, and nothing is random. */
function inference(g: Builder, live: LiveInputs): Surroundings {
  return {
    training: false,
    weight: ({ name, shape }) => g.input(name, 'float32', shape),
    live: (spec) => live.read(spec),
    mask: () => {
      throw new GraphError('nothing is random in inference mode')
    },
  }
}

/** The network over inputs of any number of rows. */
function buildInference(
  g: Builder,
  project: Project,
  inputs: readonly InputSpec[],
  surroundings: Surroundings,
): Forward {
  const values = new Map(inputs.map(({ node, feed, shape }) => [node, g.input(feed, 'float32', ['batch', ...shape])]))
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
    plans.map(({ spec: { feed, target } }) => [
      feed,
      g.input(feed, target.form === 'index' ? 'int64' : 'float32', ['batch', ...target.shape]),
    ]),
  )
  const rowWeights = data.rowWeights ? g.input('rowWeights', 'float32', ['batch']) : null
  g.output(reportOf(g, buildObjective(g, project, forward, plans, targets, rowWeights, surroundings)), 'report')
  g.output(
    summarize(
      g,
      forward.weights.map(({ value }) => value),
    ),
    'summary',
  )
  const graph = finish(g.graph)
  verify(graph)
  return graph
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

/** The predict graph of a Program. */
export function buildPredictGraph(
  project: Project,
  inputs: readonly InputSpec[],
): { readonly graph: Graph; readonly forward: Forward } {
  const g = new Builder('predict')
  const forward = buildInference(g, project, inputs, inference(g, new LiveInputs(g)))
  for (const { node, prediction } of forward.outputs)
    g.output(prediction, named('prediction', node, forward.outputs.length))
  const graph = finish(g.graph)
  verify(graph)
  return { graph, forward }
}
