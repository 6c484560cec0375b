/** The network in inference mode: with loss and metrics for validation, and alone for predictions. */
import { GraphError, type Graph, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { requireDefinition } from '../definitions.ts'
import { finish } from '../graph/finish.ts'
import { Builder } from '../ops/builder.ts'
import type { Project } from '../project/project.ts'
import { buildForward, type Forward, type Surroundings } from './forward.ts'
import { buildObjective, targetOf } from './objective.ts'
import type { DataShape } from './program.ts'
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

/** The evaluate graph of a Program. */
export function buildEvaluateGraph(project: Project, data: DataShape, inputShape: readonly number[]): Graph {
  const g = new Builder('evaluate')
  const surroundings = inference(g, new LiveInputs(g))
  const target = targetOf(requireDefinition('loss', project.training.loss.kind, 'training/loss'), data)
  const x = g.input('x', 'float32', ['batch', ...inputShape])
  const y = g.input('y', target.form === 'index' ? 'int64' : 'float32', ['batch', ...target.shape])
  const forward = buildForward(g, project, surroundings, () => x)
  const { data: loss, penalties, metrics } = buildObjective(g, project, forward, y, data, surroundings)
  const scalars = [loss, ...penalties.map(({ value }) => value), ...metrics.map(({ value }) => value)]
  const report = g.Concat(
    scalars.map((scalar) => g.Unsqueeze(scalar, [0])),
    0,
  )
  g.output(report, 'report')
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
  inputShape: readonly number[],
): { readonly graph: Graph; readonly forward: Forward } {
  const g = new Builder('predict')
  const x = g.input('x', 'float32', ['batch', ...inputShape])
  const forward = buildForward(g, project, inference(g, new LiveInputs(g)), () => x)
  if (forward.prediction) g.output(forward.prediction, 'prediction')
  const graph = finish(g.graph)
  verify(graph)
  return { graph, forward }
}
