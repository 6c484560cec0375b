/** From the drawn document to graphs the trainer runs. */
import { definitionOf, requireDefinition } from '../definitions.ts'
import { openBlocks } from '../project/blocks.ts'
import { checkProject } from '../project/check.ts'
import { setMend } from '../project/mend.ts'
import { IssueError, fail, type Project } from '../project/project.ts'
import { valuesOf } from './forward.ts'
import {
  buildEvaluateGraph,
  buildPredictGraph,
  buildRefreshGraph,
  buildSampleGraph,
  buildUsedGraph,
} from './evaluation.ts'
import { inputSpecs } from './inputShape.ts'
import type { Lowering } from './lower.ts'
import { planOutputs } from './outputs.ts'
import type { DataShape, MetricSpec, OutputSpec, Program, StopSpec } from './program.ts'
import { rowTechniquesOf } from './rowTechniques.ts'
import { schedulesOf } from './schedules.ts'
import { finalSlots } from './slots.ts'
import { buildTrainGraph } from './trainStep.ts'

/** Graphs in ONNX's own ops, the same on every machine. */
const plain: Lowering = { block: 0 }

/** Compiles a project for data of this shape. Throws an IssueError with everything that is wrong. */
export function compile(document: Project, data: DataShape): Program {
  const errors = checkProject(document).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new IssueError(...errors)
  const project = { ...document, graph: openBlocks(document.graph) }
  const inputs = inputSpecs(project.graph, data)
  const { graph: predict, forward } = buildPredictGraph(project, inputs)
  if (forward.issues.length > 0) throw new IssueError(...forward.issues)
  const weights = forward.weights.map(({ spec }) => spec)
  const outputs = planOutputs(project, forward, data).map(({ spec }) => spec)
  const trained = (batch: number) => buildTrainGraph(project, data, inputs, outputs, weights, batch)
  const { slots, live, penalties, metrics, columns } = trained(2)
  return {
    weights,
    slots,
    live,
    schedules: schedulesOf(project, live),
    penalties,
    metrics,
    columns,
    inputs,
    outputs,
    stops: stopsOf(project, outputs, metrics),
    final: finalSlots(project, weights),
    ...rowTechniquesOf(project, data, outputs),
    train: (batch, lowering = plain) => trained(batch).lowered(lowering),
    evaluate: () => buildEvaluateGraph(project, data, inputs),
    predict: () => predict,
    used: () => buildUsedGraph(project, inputs),
    sample: (batch) => buildSampleGraph(project, inputs, batch),
    refresh: (batch) => (refreshes(project) ? buildRefreshGraph(project, inputs, batch) : null),
  }
}

/** Whether moving statistics are taken anew when the run ends. */
function refreshes({ training }: Project): boolean {
  return training.regularizers.some(({ kind }) => definitionOf('regularizer', kind)?.refresh)
}

/** The stop rules of the run, each with the number it watches. */
function stopsOf(
  project: Project,
  outputs: readonly OutputSpec[],
  metrics: readonly MetricSpec[],
): readonly StopSpec[] {
  const losses = outputs.length > 1 ? outputs.map(({ node }) => `${node}/loss`) : []
  const known = ['loss', 'data', ...losses, ...metrics.map(({ name }) => name)]
  return project.training.regularizers.flatMap((setting, index): readonly StopSpec[] => {
    const path = `training/regularizers/${index}`
    const definition = requireDefinition('regularizer', setting.kind, path)
    const rule = definition.stop
    if (!rule) return []
    const params = valuesOf(definition, setting)
    const monitor = rule.monitor(params)
    if (monitor === null) return [{ rule, params, monitor, better: 'lower' }]
    const part = monitor.startsWith('train/') ? 'train' : 'validation'
    const watch = (name: string) => setMend(definition, ['training', 'regularizers', index], 'monitor', name)
    const watched = monitor.slice(part.length + 1)
    if (!known.includes(watched))
      fail(
        `${path}/monitor`,
        `${definition.title} watches ${monitor}, which is not measured; choose one of ${known.map((name) => `${part}/${name}`).join(', ')}, or add the metric.`,
        watch(`${part}/loss`),
      )
    if (part === 'validation' && project.data.validationFraction === 0)
      fail(
        `${path}/monitor`,
        `${definition.title} watches ${monitor}, but no rows are kept for validation; keep some, or watch train/${watched}.`,
        {
          title: 'Keep 20 % of the rows for validation',
          edits: [{ edit: 'set', place: ['data', 'validationFraction'], value: 0.2 }],
        },
      )
    const natural = metrics.find(({ name }) => name === watched)?.better ?? 'lower'
    if (rule.errorsOnly && natural === 'higher')
      fail(
        `${path}/monitor`,
        `${definition.title} watches ${monitor}, of which more is better, but it judges errors; choose one such as ${part}/loss.`,
        watch(`${part}/loss`),
      )
    return [{ rule, params, monitor, better: rule.better(params) ?? natural }]
  })
}
