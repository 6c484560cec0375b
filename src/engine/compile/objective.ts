/** What training minimizes and reports: data loss, penalties, metrics. The same in training and in evaluation. */
import { gradients } from '../autodiff.ts'
import type { Definition, MetricDefinition, OutputView, TargetForm } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { removeMend, setMend } from '../project/mend.ts'
import { formatPlace } from '../project/place.ts'
import { fail, type ParamValue, type Place, type Project } from '../project/project.ts'
import { namesOf, scalarOf, valuesOf, type Attached, type Forward, type Surroundings } from './forward.ts'
import { named } from './inputShape.ts'
import type { OutputPlan } from './outputs.ts'
import type { MetricSpec, OutputSpec } from './program.ts'
import { randomnessOf } from './random.ts'
import { techniquesOf, type Technique } from './techniques.ts'

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

/** What an output is measured against: class indices are one column each. */
export interface Target {
  /** As the data have it. */
  readonly truth: Value
  /** What the loss goes by: the truth, mixed where the batch is. */
  readonly aim: Value
}

/** An output with its target, as loss and metrics see them. */
interface Aimed extends Target {
  readonly plan: OutputPlan
  readonly prediction: Value
  readonly form: TargetForm
}

/** An output with the loss of its rows. */
interface Judged extends Aimed {
  readonly view: OutputView
  readonly loss: Value
}

/** A target as it is fed, with class indices as one column each. */
export function truthOf(g: Builder, { target, shape }: OutputSpec, fed: Value): Value {
  return target.form === 'index' ? g.OneHot(fed, shape.at(-1) ?? 0) : fed
}

/**
 * Adds loss, penalties and metrics to a network built once for each of its passes over a batch; `targets` by the names of the
 * outputs, `rowWeights` [batch] where rows have weights.
 */
export function buildObjective(
  g: Builder,
  project: Project,
  passes: readonly [Forward, ...Forward[]],
  plans: readonly OutputPlan[],
  targets: ReadonlyMap<string, Target>,
  rowWeights: Value | null,
  surroundings: Surroundings,
): Objective {
  const techniques = techniquesOf(project, g, surroundings)
  const judged = passes.map((forward) =>
    plans.map((plan, index): Judged => {
      const prediction = forward.outputs[index]?.prediction
      const target = targets.get(plan.spec.node)
      if (!prediction || !target) return fail('graph', `${plan.spec.node} has no target.`)
      const form = plan.definition.target === 'index' ? 'oneHot' : plan.definition.target
      return judge(g, techniques, { ...target, plan, prediction, form }, rowWeights, surroundings)
    }),
  )
  const [forward] = passes
  const first = judged[0] ?? []
  const losses = plans.map(({ spec, weight }, index) => ({
    node: spec.node,
    weight,
    value: meanOf(
      g,
      judged.flatMap((pass) => pass[index]?.loss ?? []),
    ),
  }))
  const batch = forward.outputs[0]?.prediction
  if (!batch) return fail('graph', 'The network has no output; connect its layers.')
  const activities = forward.activities.map((each, index) => {
    const same = passes.flatMap(({ activities }) => penaltyOf(g, activities[index] ?? each, surroundings, batch) ?? [])
    const [one] = same
    return one
      ? {
          ...one,
          value: meanOf(
            g,
            same.map(({ value }) => value),
          ),
        }
      : null
  })
  return {
    data: losses
      .map(({ weight, value }) => (weight === 1 ? value : g.Mul(value, g.scalar(weight))))
      .reduce((sum, part) => g.Add(sum, part)),
    penalties: [
      ...forward.weights.flatMap(({ regularizers, costs }) => [
        ...regularizers.map((each) => penaltyOf(g, each, surroundings, null)),
        ...costs.map(({ name, value }) => ({ name, value: value(), differentiated: true })),
      ]),
      ...activities,
      ...techniques.map((technique) =>
        objectiveOf(
          g,
          technique,
          judged.map((pass) => pass.map(({ view }) => view)),
          forward,
          surroundings,
        ),
      ),
    ].filter((penalty) => penalty !== null),
    parts: losses.length === 1 ? [] : losses,
    metrics: buildMetrics(g, first, surroundings),
  }
}

function meanOf(g: Builder, values: readonly Value[]): Value {
  const sum = values.reduce((total, value) => g.Add(total, value))
  return values.length === 1 ? sum : g.Div(sum, g.scalar(values.length))
}

/** What a technique of the run makes of the outputs, as a penalty; 0 outside of training, where it does not act. */
function objectiveOf(
  g: Builder,
  { name, path, definition, context }: Technique,
  outputs: readonly (readonly OutputView[])[],
  { entered }: Forward,
  { training, draws }: Surroundings,
): Penalty | null {
  const { objective } = definition
  if (!objective) return null
  const value = training
    ? g.scoped(name, () =>
        objective({
          ...context,
          outputs,
          entered,
          random: randomnessOf(g, draws, name),
          gradients: (scalar, wanted) => gradients(g, scalar, wanted),
          fail: (message) =>
            fail(path, `${definition.title} ${message}.`, removeMend(definition.title, path.split('/'))),
        }),
      )
    : g.scalar(0)
  return { name, value, differentiated: true }
}

/** The metrics of all outputs, as means over the batch. */
function buildMetrics(g: Builder, outputs: readonly Aimed[], surroundings: Surroundings): Objective['metrics'] {
  let from = 0
  return outputs.flatMap(({ plan, prediction, truth, form }) => {
    const names = namesOf(plan.metrics.map(({ setting }) => setting))
    const { loss, node } = plan.spec
    // Logits, and what a hinge compares with 1 and -1, lie around 0.
    const scores = loss.params.fromLogits === true || plan.definition.activation === 'linear'
    return plan.metrics.map(({ setting, place }, index) => {
      const path = formatPlace(place)
      const metric = requireDefinition('metric', setting.kind, path)
      checkMetric(metric, form, place)
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
          fail: failAt(metric, place),
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

/** The loss of an output: of each row, weighed by its own weight and by what the techniques of the run say, and their mean. */
function judge(
  g: Builder,
  techniques: readonly Technique[],
  aimed: Aimed,
  rowWeights: Value | null,
  surroundings: Surroundings,
): Judged {
  const { plan, prediction, aim, form } = aimed
  const { definition, spec, place } = plan
  const raw = spec.loss.params.fromLogits === true
  const activation = form === 'binary' ? 'Sigmoid' : 'Softmax'
  const logits = raw || form === 'value' ? prediction : logitsOf(g, prediction, activation)
  const squash = (x: Value): Value => (form === 'binary' ? g.Sigmoid(x) : g.Softmax(x))
  const probabilities = raw && form !== 'value' ? squash(prediction) : prediction
  const hooks = targetHooks(techniques, plan, form, surroundings, probabilities)
  const target = hooks.reduce((labels, { labels: hook }) => hook?.(labels) ?? labels, aim)
  const rows = g.scoped('loss', () =>
    definition.build({
      g,
      params: valuesOf(definition, spec.loss),
      scalar: scalarOf(g, definition, spec.loss, named('loss', spec.node, spec.feed === 'y' ? 1 : 2), surroundings),
      prediction,
      target,
      logits: (activation) => logitsOf(g, prediction, activation),
      fail: failAt(definition, [...place, 'loss']),
    }),
  )
  const factors = hooks.flatMap((hook) => (surroundings.training && hook.rowWeights ? [hook.rowWeights(aim)] : []))
  const weighed = [...factors, ...(rowWeights ? [rowWeights] : [])].reduce((sum, each) => g.Mul(sum, each), rows)
  return {
    ...aimed,
    loss: g.scoped('loss', () => g.ReduceMean(weighed, null)),
    view: {
      node: spec.node,
      form,
      target: aim,
      logits,
      probabilities,
      rows,
    },
  }
}

/** What the techniques of the run do to targets and to the weight of rows. */
function targetHooks(
  techniques: readonly Technique[],
  plan: OutputPlan,
  form: TargetForm,
  { training }: Surroundings,
  probabilities: Value,
) {
  return techniques.flatMap(({ path, definition, context: shared }) => {
    const { labels, rowWeights, title } = definition
    if (!labels && !rowWeights) return []
    if (form === 'value')
      return fail(
        path,
        `${title} needs classes, and the loss is for numbers; remove it or choose a cross-entropy.`,
        removeMend(title, path.split('/')),
      )
    const { node, target: spec } = plan.spec
    if (rowWeights && (form === 'binary' ? spec.shape.some((size) => size > 1) : plan.spec.shape.length > 1))
      return fail(
        path,
        `${title}: each row needs one class, but ${node} has several to predict; remove it.`,
        removeMend(title, path.split('/')),
      )
    const context = {
      ...shared,
      form,
      training,
      probabilities,
      counts: plan.data.counts ?? null,
      fail: failAt(definition, path.split('/')),
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
    // An output has no update after which a proximal form could act.
    differentiated: batch !== null || (definition.differentiated?.(params) ?? true),
  }
}

/** Tells a parameter of a setting at this place that it does not fit, with the value that would. */
const failAt =
  (definition: Definition, place: Place) =>
  (message: string, param: string, mend?: ParamValue): never =>
    fail(
      formatPlace([...place, param]),
      `${definition.title}: ${message}.`,
      mend === undefined ? null : setMend(definition, place, param, mend),
    )

function checkMetric(metric: MetricDefinition, form: TargetForm, place: Place): void {
  if (!metric.targets.includes(form))
    fail(
      formatPlace(place),
      `${metric.title} does not fit the loss, whose targets are ${form === 'value' ? 'numbers' : 'classes'}; remove it.`,
      removeMend(metric.title, place),
    )
}
