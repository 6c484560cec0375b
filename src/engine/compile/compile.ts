/** From the drawn document to graphs the trainer runs. */
import { requireDefinition } from '../definitions.ts'
import { checkProject } from '../project/check.ts'
import { IssueError, fail, type Project } from '../project/project.ts'
import { valuesOf } from './forward.ts'
import { buildEvaluateGraph, buildPredictGraph } from './evaluation.ts'
import { inputShapeOf } from './inputShape.ts'
import { targetOf } from './objective.ts'
import type { DataShape, Program, StopSpec } from './program.ts'
import { buildTrainGraph } from './trainStep.ts'

/** Compiles a project for data of this shape. Throws an IssueError with everything that is wrong. */
export function compile(project: Project, data: DataShape): Program {
  const errors = checkProject(project).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new IssueError(...errors)
  const input = project.graph.nodes.find(({ kind }) => kind === 'input')
  if (!input) return fail('graph', 'The network has no Input; add one.')
  const inputShape = inputShapeOf(input, data)
  const { graph: predict, forward } = buildPredictGraph(project, inputShape)
  if (forward.issues.length > 0) throw new IssueError(...forward.issues)
  const weights = forward.weights.map(({ spec }) => spec)
  const loss = requireDefinition('loss', project.training.loss.kind, 'training/loss')
  const { slots, live, penalties, metrics } = buildTrainGraph(project, data, inputShape, weights, 2)
  return {
    weights,
    slots,
    live,
    penalties,
    metrics,
    columns: ['data', ...penalties.map((name) => `penalty:${name}`), ...metrics.map((name) => `metric:${name}`)],
    inputShape,
    target: targetOf(loss, data),
    outputShape: forward.prediction?.shape.slice(1).map(Number) ?? [],
    stops: stopsOf(project, metrics),
    train: (batch) => buildTrainGraph(project, data, inputShape, weights, batch).graph,
    evaluate: () => buildEvaluateGraph(project, data, inputShape),
    predict: () => predict,
  }
}

/** The stop rules of the run, each with the number it watches. */
function stopsOf(project: Project, metrics: readonly string[]): readonly StopSpec[] {
  return project.training.regularizers.flatMap((setting, index) => {
    const path = `training/regularizers/${index}`
    const definition = requireDefinition('regularizer', setting.kind, path)
    const rule = definition.stop
    if (!rule) return []
    const params = valuesOf(definition, setting)
    const monitor = rule.monitor(params)
    const [part, measured = ''] = monitor.split('/')
    const known = ['loss', 'data', ...metrics]
    if (!known.includes(measured))
      fail(
        `${path}/monitor`,
        `${definition.title} watches ${monitor}, which is not measured; choose one of ${known.map((name) => `${part}/${name}`).join(', ')}, or add the metric.`,
      )
    if (part === 'validation' && project.data.validationFraction === 0)
      fail(
        `${path}/monitor`,
        `${definition.title} watches ${monitor}, but no rows are kept for validation; keep some, or watch train/${measured}.`,
      )
    const metric = project.training.metrics[metrics.indexOf(measured)]
    const natural = metric ? requireDefinition('metric', metric.kind, path).better : 'lower'
    return [{ rule, params, monitor, better: rule.better(params) ?? natural }]
  })
}
