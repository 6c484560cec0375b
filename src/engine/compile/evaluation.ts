/** The network in inference mode: with loss and metrics for validation, and alone for predictions. */
import { GraphError, type Graph } from '../graph/graph.ts'
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
  const graph = finish(g.graph)
  verify(graph)
  return graph
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
