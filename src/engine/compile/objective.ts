/** What training minimizes and reports: data loss, penalties, metrics. The same in training and in evaluation. */
import type { LossDefinition, MetricDefinition, TargetForm } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import { formatShape, sameShape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { fail, type Project } from '../project/project.ts'
import { namesOf, scalarOf, valuesOf, type Attached, type Forward, type Surroundings } from './forward.ts'
import type { DataShape } from './program.ts'

export interface Penalty {
  readonly name: string
  readonly value: Value
  readonly differentiated: boolean
}

export interface Objective {
  /** Data loss, scalar: the mean over the batch. */
  readonly data: Value
  readonly penalties: readonly Penalty[]
  /** Scalars, means over the batch. */
  readonly metrics: readonly { readonly name: string; readonly value: Value }[]
}

/** The target of one row, as the loss wants it, for these data. */
export function targetOf(
  loss: LossDefinition,
  data: DataShape,
): { readonly form: TargetForm; readonly shape: readonly number[] } {
  switch (loss.target) {
    case 'index':
      return { form: 'index', shape: [] }
    case 'oneHot':
      return { form: 'oneHot', shape: [data.classes || data.targets] }
    case 'binary':
      return { form: 'binary', shape: [data.classes > 0 ? 1 : data.targets] }
    case 'value':
      return { form: 'value', shape: [data.targets] }
  }
}

/** Adds loss, penalties and metrics to a built network; throws an issue when the network's output does not fit the loss. */
export function buildObjective(
  g: Builder,
  project: Project,
  forward: Forward,
  target: Value,
  data: DataShape,
  surroundings: Surroundings,
): Objective {
  const { training } = project
  const loss = requireDefinition('loss', training.loss.kind, 'training/loss')
  const prediction = checkOutput(project, forward, loss, data)
  const form: TargetForm = loss.target === 'index' ? 'oneHot' : loss.target
  const truth = loss.target === 'index' ? g.OneHot(target, data.classes) : target
  const aimed = smoothed(g, project, truth, form, surroundings)
  const rows = g.scoped('loss', () =>
    loss.build({
      g,
      params: valuesOf(loss, training.loss),
      scalar: scalarOf(g, loss, training.loss, 'loss', surroundings),
      prediction,
      target: aimed,
      logits: (activation) => logitsOf(g, prediction, activation),
    }),
  )
  return {
    data: g.scoped('loss', () => g.ReduceMean(rows, null)),
    penalties: [
      ...forward.weights.flatMap(({ regularizers }) =>
        regularizers.map((each) => penaltyOf(g, each, surroundings, null)),
      ),
      ...forward.activities.map((each) => penaltyOf(g, each, surroundings, prediction)),
    ].filter((penalty) => penalty !== null),
    metrics: training.metrics.map((setting, index) => {
      const metric = requireDefinition('metric', setting.kind, `training/metrics/${index}`)
      checkMetric(metric, form, index)
      const threshold = training.loss.params.fromLogits === true ? 0 : 0.5
      const values = g.scoped(`metrics/${metric.kind}`, () =>
        metric.build({ g, params: valuesOf(metric, setting), prediction, target: truth, form, threshold }),
      )
      return { name: namesOf(training.metrics)[index] ?? metric.kind, value: g.ReduceMean(values, null) }
    }),
  }
}

/** What went into a final sigmoid or softmax (over the last axis); null when the value ends in something else. */
export function logitsOf(g: Builder, prediction: Value, activation: 'Sigmoid' | 'Softmax'): Value | null {
  const producer = g.producerOf(prediction)
  return producer?.op === activation ? (producer.inputs[0] ?? null) : null
}

function smoothed(g: Builder, project: Project, target: Value, form: TargetForm, surroundings: Surroundings): Value {
  const { regularizers } = project.training
  const names = namesOf(regularizers)
  return regularizers.reduce((labels, setting, index) => {
    const path = `training/regularizers/${index}`
    const definition = requireDefinition('regularizer', setting.kind, path)
    if (!definition.labels) return labels
    if (form === 'value')
      return fail(
        path,
        `${definition.title} needs classes, and the loss is for numbers; remove it or choose a cross-entropy.`,
      )
    return definition.labels({
      g,
      params: valuesOf(definition, setting),
      scalar: scalarOf(g, definition, setting, names[index] ?? setting.kind, surroundings),
      target: labels,
      form,
    })
  }, target)
}

/** One penalty as a scalar; an activity's is divided by the batch size, as Keras does. */
function penaltyOf(
  g: Builder,
  { name, setting, value }: Attached,
  surroundings: Surroundings,
  batch: Value | null,
): Penalty | null {
  const definition = requireDefinition('regularizer', setting.kind, name)
  if (!definition.penalty) return null
  const params = valuesOf(definition, setting)
  const { penalty } = definition
  const sum = g.scoped(name, () =>
    penalty({ g, params, scalar: scalarOf(g, definition, setting, name, surroundings), value }),
  )
  return {
    name,
    value: batch ? g.Div(sum, g.count(batch, [0])) : sum,
    differentiated: definition.differentiated?.(params) ?? true,
  }
}

function checkMetric(metric: MetricDefinition, form: TargetForm, index: number): void {
  if (!metric.targets.includes(form))
    fail(
      `training/metrics/${index}`,
      `${metric.title} does not fit the loss, whose targets are ${form === 'value' ? 'numbers' : 'classes'}; remove it.`,
    )
}

function checkOutput(project: Project, forward: Forward, loss: LossDefinition, data: DataShape): Value {
  const last = project.graph.nodes.find(({ name }) => !project.graph.wires.some(({ from }) => from === name))
  const { prediction } = forward
  const path = `graph/${last?.name ?? ''}`
  if (!prediction || !last) return fail('graph', 'The network has no output; connect its layers.')
  if (data.classes > 0 && loss.target === 'value')
    return fail(
      'training/loss',
      `${loss.title} is for numbers, but the target has ${data.classes} classes; choose a cross-entropy, or make the target a number.`,
    )
  if (data.classes === 0 && loss.target === 'index')
    return fail(
      'training/loss',
      `${loss.title} is for classes, but the target is a number; choose mean squared error, or make the target a category.`,
    )
  if (data.classes > 2 && loss.target === 'binary')
    return fail(
      'training/loss',
      `${loss.title} is for two classes, but the target has ${data.classes}; choose sparse categorical cross-entropy.`,
    )
  const wanted = loss.target === 'index' ? [data.classes] : targetOf(loss, data).shape
  const shape = prediction.shape.slice(1)
  if (sameShape(shape, wanted)) return prediction
  const units = shape.length === 1 ? `set its units to ${wanted.join(', ')}` : 'put Flatten and a Dense layer after it'
  return fail(
    path,
    `${last.name} puts out ${formatShape(shape)} a row, but ${loss.title} needs ${formatShape(wanted)} for these data; ${units}.`,
  )
}
