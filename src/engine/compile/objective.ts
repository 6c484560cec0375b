/** What training minimizes and reports: data loss, penalties, metrics. The same in training and in evaluation. */
import type { MetricDefinition, TargetForm } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { fail, type Project } from '../project/project.ts'
import { namesOf, scalarOf, valuesOf, type Attached, type Forward, type Surroundings } from './forward.ts'
import { named } from './inputShape.ts'
import type { OutputPlan } from './outputs.ts'
import type { MetricSpec } from './program.ts'

export interface Penalty {
  readonly name: string
  readonly value: Value
  readonly differentiated: boolean
}

export interface Objective {
  /** Data loss, scalar: the mean over the batch, of all outputs together. */
  readonly data: Value
  readonly penalties: readonly Penalty[]
  /** The data loss of each output, where there are several. */
  readonly parts: readonly { readonly node: string; readonly value: Value }[]
  /** Means over the batch, [width]; `from` counts from the first metric's column. */
  readonly metrics: readonly { readonly spec: MetricSpec; readonly means: Value }[]
}

/** An output with its target, as loss and metrics see them: class indices are one column each. */
interface Aimed {
  readonly plan: OutputPlan
  readonly prediction: Value
  readonly truth: Value
  readonly form: TargetForm
}

/** Adds loss, penalties and metrics to a built network; `targets` by their feeds, `rowWeights` [batch] where rows have weights. */
export function buildObjective(
  g: Builder,
  project: Project,
  forward: Forward,
  plans: readonly OutputPlan[],
  targets: ReadonlyMap<string, Value>,
  rowWeights: Value | null,
  surroundings: Surroundings,
): Objective {
  const built = plans.map((plan, index) => {
    const prediction = forward.outputs[index]?.prediction
    const target = targets.get(plan.spec.feed)
    if (!prediction || !target) return fail('graph', `${plan.spec.node} has no target.`)
    const indices = plan.definition.target === 'index'
    const aimed: Aimed = {
      plan,
      prediction,
      form: indices ? 'oneHot' : plan.definition.target,
      truth: indices ? g.OneHot(target, plan.spec.shape.at(-1) ?? 0) : target,
    }
    return { ...aimed, loss: lossOf(g, project, aimed, rowWeights, surroundings) }
  })
  const total = built
    .map(({ plan, loss }) => (plan.weight === 1 ? loss : g.Mul(loss, g.scalar(plan.weight))))
    .reduce((sum, part) => g.Add(sum, part))
  const batch = forward.outputs[0]?.prediction ?? total
  return {
    data: total,
    penalties: [
      ...forward.weights.flatMap(({ regularizers }) =>
        regularizers.map((each) => penaltyOf(g, each, surroundings, null)),
      ),
      ...forward.activities.map((each) => penaltyOf(g, each, surroundings, batch)),
    ].filter((penalty) => penalty !== null),
    parts: built.length === 1 ? [] : built.map(({ plan, loss }) => ({ node: plan.spec.node, value: loss })),
    metrics: buildMetrics(g, built, surroundings),
  }
}

/** The metrics of all outputs, as means over the batch. */
function buildMetrics(g: Builder, outputs: readonly Aimed[], surroundings: Surroundings): Objective['metrics'] {
  let from = 0
  return outputs.flatMap(({ plan, prediction, truth, form }) => {
    const names = namesOf(plan.metrics.map(({ setting }) => setting))
    const { loss, node } = plan.spec
    // Logits, and what a hinge compares with 1 and -1, lie around 0.
    const scores = loss.params.fromLogits === true || plan.definition.activation === 'linear'
    return plan.metrics.map(({ setting, path }, index) => {
      const metric = requireDefinition('metric', setting.kind, path)
      checkMetric(metric, form, path)
      const name = names[index] ?? metric.kind
      const params = valuesOf(metric, setting)
      const values = g.scoped(`metrics/${metric.kind}`, () =>
        metric.build({
          g,
          params,
          scalar: scalarOf(g, metric, setting, path, surroundings),
          prediction,
          logits: (activation) => logitsOf(g, prediction, activation),
          target: truth,
          form,
          threshold: scores ? 0 : 0.5,
          center: plan.data.center ?? [],
          fail: (message, param) => fail(`${path}/${param}`, `${metric.title}: ${message}.`),
        }),
      )
      const width = Number(values.shape[1] ?? 1)
      const spec: MetricSpec = {
        name: outputs.length === 1 ? name : `${node}/${name}`,
        better: metric.better,
        from,
        width,
        result: (numbers) => (metric.result ? metric.result(numbers, params) : (numbers[0] ?? Number.NaN)),
      }
      from += width
      return { spec, means: g.Reshape(g.ReduceMean(values, [0]), [-1]) }
    })
  })
}

/** The columns of a report, in the order of `reportOf`. */
export function columnsOf(objective: Objective): readonly string[] {
  return [
    'data',
    ...objective.penalties.map(({ name }) => `penalty:${name}`),
    ...objective.parts.map(({ node }) => `output:${node}`),
    ...objective.metrics.flatMap(({ spec }) => Array.from({ length: spec.width }, () => `metric:${spec.name}`)),
  ]
}

/** All numbers of an objective side by side, [columns]. */
export function reportOf(g: Builder, { data, penalties, parts, metrics }: Objective): Value {
  const scalars = [data, ...penalties.map(({ value }) => value), ...parts.map(({ value }) => value)]
  return g.Concat([...scalars.map((scalar) => g.Unsqueeze(scalar, [0])), ...metrics.map(({ means }) => means)], 0)
}

/** What went into a final sigmoid or softmax (over the last axis); null when the value ends in something else. */
export function logitsOf(g: Builder, prediction: Value, activation: 'Sigmoid' | 'Softmax'): Value | null {
  const producer = g.producerOf(prediction)
  return producer?.op === activation ? (producer.inputs[0] ?? null) : null
}

/** The mean loss over the batch, each row weighed by its own weight and by what the techniques of the run say. */
function lossOf(
  g: Builder,
  project: Project,
  { plan, prediction, truth, form }: Aimed,
  rowWeights: Value | null,
  surroundings: Surroundings,
): Value {
  const { definition, spec, path } = plan
  const hooks = targetHooks(g, project, plan, form, surroundings)
  const target = hooks.reduce((labels, { labels: hook }) => hook?.(labels) ?? labels, truth)
  const rows = g.scoped('loss', () =>
    definition.build({
      g,
      params: valuesOf(definition, spec.loss),
      scalar: scalarOf(g, definition, spec.loss, named('loss', spec.node, spec.feed === 'y' ? 1 : 2), surroundings),
      prediction,
      target,
      logits: (activation) => logitsOf(g, prediction, activation),
      fail: (message, param) => fail(`${path}/loss/${param}`, `${definition.title}: ${message}.`),
    }),
  )
  const factors = hooks.flatMap((hook) => (surroundings.training && hook.rowWeights ? [hook.rowWeights(truth)] : []))
  const weighed = [...factors, ...(rowWeights ? [rowWeights] : [])].reduce((sum, each) => g.Mul(sum, each), rows)
  return g.scoped('loss', () => g.ReduceMean(weighed, null))
}

/** What the techniques of the run do to targets and to the weight of rows. */
function targetHooks(g: Builder, project: Project, plan: OutputPlan, form: TargetForm, surroundings: Surroundings) {
  const { regularizers } = project.training
  const names = namesOf(regularizers)
  return regularizers.flatMap((setting, index) => {
    const path = `training/regularizers/${index}`
    const definition = requireDefinition('regularizer', setting.kind, path)
    const { labels, rowWeights, title } = definition
    if (!labels && !rowWeights) return []
    if (form === 'value')
      return fail(path, `${title} needs classes, and the loss is for numbers; remove it or choose a cross-entropy.`)
    const { node, target: spec } = plan.spec
    if (rowWeights && (form === 'binary' ? spec.shape.some((size) => size > 1) : plan.spec.shape.length > 1))
      return fail(path, `${title}: each row needs one class, but ${node} has several to predict; remove it.`)
    const context = {
      g,
      params: valuesOf(definition, setting),
      scalar: scalarOf(g, definition, setting, names[index] ?? setting.kind, surroundings),
      form,
      counts: plan.data.counts ?? null,
      fail: (message: string, param: string) => fail(`${path}/${param}`, `${title}: ${message}.`),
    }
    return [
      {
        labels: labels && ((target: Value) => labels({ ...context, target })),
        rowWeights: rowWeights && ((target: Value) => rowWeights({ ...context, target })),
      },
    ]
  })
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

function checkMetric(metric: MetricDefinition, form: TargetForm, path: string): void {
  if (!metric.targets.includes(form))
    fail(
      path,
      `${metric.title} does not fit the loss, whose targets are ${form === 'value' ? 'numbers' : 'classes'}; remove it.`,
    )
}
