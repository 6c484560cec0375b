/** One training step as graph nodes, and the Scan that runs many of them a call. */
import { gradients } from '../autodiff.ts'
import { requireDefinition } from '../definitions.ts'
import { GraphError, type Graph, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { finish } from '../graph/finish.ts'
import { Builder } from '../ops/builder.ts'
import type { Project } from '../project/project.ts'
import { buildForward, namesOf, scalarOf, valuesOf, type Attached, type Surroundings } from './forward.ts'
import { buildObjective, targetOf } from './objective.ts'
import type { DataShape, LiveSpec, SlotSpec, WeightSpec } from './program.ts'
import { mask, stepKey } from './random.ts'

export interface TrainGraph {
  readonly graph: Graph
  readonly weights: readonly WeightSpec[]
  readonly slots: readonly SlotSpec[]
  readonly live: readonly LiveSpec[]
  readonly penalties: readonly string[]
  readonly metrics: readonly string[]
}

/** Live settings as graph inputs, made when first asked for. */
export class LiveInputs {
  readonly specs = new Map<string, LiveSpec>()
  readonly #values = new Map<string, Value>()
  readonly #g: Builder

  constructor(g: Builder) {
    this.#g = g
  }

  read(spec: LiveSpec): Value {
    const known = this.#values.get(spec.name)
    if (known) return known
    const value = this.#g.input(spec.name, 'float32', [])
    this.specs.set(spec.name, spec)
    this.#values.set(spec.name, value)
    return value
  }
}

/** What one training step is made from and what it leaves behind. */
interface Step {
  readonly g: Builder
  readonly project: Project
  readonly data: DataShape
  readonly live: LiveInputs
  readonly x: Value
  readonly y: Value
  /** Steps done before this one, int64 scalar; and the seed of the run, uint32 scalar. */
  readonly iteration: Value
  readonly seed: Value
  readonly weights: ReadonlyMap<string, Value>
  readonly slots: ReadonlyMap<string, Value>
}

/**
 * The train graph of a Program for batches of this many rows. `weights` are those of the network (they differ with neither
 * batch nor step), found by building it once.
 */
export function buildTrainGraph(
  project: Project,
  data: DataShape,
  inputShape: readonly number[],
  weights: readonly WeightSpec[],
  batch: number,
): TrainGraph {
  const g = new Builder('train')
  const loss = requireDefinition('loss', project.training.loss.kind, 'training/loss')
  const target = targetOf(loss, data)
  const slots = slotsOf(project, weights)
  const x = g.input('x', 'float32', ['rows', ...inputShape])
  const y = g.input('y', target.form === 'index' ? 'int64' : 'float32', ['rows', ...target.shape])
  const batches = g.input('batches', 'int64', ['steps', batch])
  const iterations = g.input('iterations', 'int64', ['steps'])
  const seed = g.input('seed', 'uint32', [])
  const live = new LiveInputs(g)
  const state = [...weights, ...slots].map(({ name, shape }) => g.input(name, 'float32', shape))
  let report: Omit<TrainGraph, 'graph' | 'weights' | 'slots' | 'live'> = { penalties: [], metrics: [] }
  const results = g.Scan(state, [batches, iterations], (inner, carried, [rows, iteration]) => {
    const named = (specs: readonly { readonly name: string }[], from: number) =>
      new Map(specs.map(({ name }, index) => [name, required(carried[from + index], name)]))
    const step = buildStep({
      g: inner,
      project,
      data,
      live,
      x: inner.Gather(x, required(rows, 'batches')),
      y: inner.Gather(y, required(rows, 'batches')),
      iteration: required(iteration, 'iterations'),
      seed,
      weights: named(weights, 0),
      slots: named(slots, weights.length),
    })
    report = { penalties: step.penalties, metrics: step.metrics }
    return {
      carried: [...weights, ...slots].map(({ name }) => required(step.after.get(name), name)),
      reports: [step.report, step.learningRate],
    }
  })
  ;[...weights, ...slots].forEach(({ name }, index) => g.output(required(results[index], name), `${name}.next`))
  g.output(required(results.at(-2), 'report'), 'report')
  g.output(required(results.at(-1), 'learningRates'), 'learningRates')
  const graph = finish(g.graph)
  verify(graph)
  return { graph, weights, slots, live: [...live.specs.values()], ...report }
}

function required(value: Value | undefined, name: string): Value {
  if (!value) throw new GraphError(`the step lost ${name}`)
  return value
}

/** The state each trained weight needs of the optimizer, named `<weight>/<slot>`. */
function slotsOf(project: Project, weights: readonly WeightSpec[]): readonly SlotSpec[] {
  const { optimizer } = project.training
  const definition = requireDefinition('optimizer', optimizer.kind, 'training/optimizer')
  const slots = Object.entries(definition.slots(valuesOf(definition, optimizer)))
  return weights
    .filter(({ trainable }) => trainable)
    .flatMap(({ name, shape }) => slots.map(([slot, fill]) => ({ name: `${name}/${slot}`, shape, fill })))
}

/** Forward, loss, penalties, backward, gradient hooks, update, and what the techniques do around it, in this order. */
function buildStep(step: Step): {
  readonly after: ReadonlyMap<string, Value>
  readonly report: Value
  readonly learningRate: Value
  readonly penalties: readonly string[]
  readonly metrics: readonly string[]
} {
  const { g, project, data, live, iteration } = step
  const surroundings: Surroundings = {
    training: true,
    weight: ({ name }) => required(step.weights.get(name), name),
    live: (spec) => live.read(spec),
    mask: (name, shape, rate) => mask(g, stepKey(g, step.seed, iteration), name, shape, rate),
  }
  const forward = buildForward(g, project, surroundings, () => step.x)
  const objective = buildObjective(g, project, forward, step.y, data, surroundings)
  const total = objective.penalties
    .filter(({ differentiated }) => differentiated)
    .reduce((sum, { value }) => g.Add(sum, value), objective.data)

  const trained = forward.weights.filter(({ spec }) => spec.trainable)
  const run = runTechniques(project, g, surroundings)
  const raw = gradients(
    g,
    total,
    trained.map(({ value }) => value),
  )
  const grads = run.reduce(
    (all, { definition, context }) => definition.gradients?.({ ...context, gradients: all }) ?? all,
    raw,
  )

  const { optimizer } = project.training
  const definition = requireDefinition('optimizer', optimizer.kind, 'training/optimizer')
  const context = {
    g,
    params: valuesOf(definition, optimizer),
    scalar: scalarOf(g, definition, optimizer, 'optimizer', surroundings),
  }
  const learningRate = scheduledRate(project, g, surroundings, context.scalar('learningRate'), iteration)
  const count = g.Cast(g.Add(iteration, g.scalar(1, 'int64')), 'float32')
  const after = new Map<string, Value>()
  trained.forEach(({ spec, value, regularizers }, index) => {
    const kept = run.reduce(
      (weight, each) => each.definition.beforeUpdate?.({ ...each.context, weight, learningRate }) ?? weight,
      value,
    )
    const prefix = `${spec.name}/`
    const slots = Object.fromEntries(
      [...step.slots]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, slot]) => [name.slice(prefix.length), slot]),
    )
    const update = g.scoped(`${spec.name}.update`, () =>
      definition.update({
        ...context,
        weight: kept,
        gradient: required(grads[index], spec.name),
        slots,
        learningRate,
        step: count,
      }),
    )
    for (const [name, slot] of Object.entries(update.slots)) after.set(prefix + name, slot)
    after.set(
      spec.name,
      [...regularizers.map((each) => techniqueOf(g, each, surroundings)), ...run].reduce(
        (weight, each) =>
          each.definition.afterUpdate?.({ ...each.context, weight, stepSize: () => update.stepSize() }) ?? weight,
        update.weight,
      ),
    )
  })
  const scalars = [
    objective.data,
    ...objective.penalties.map(({ value }) => value),
    ...objective.metrics.map(({ value }) => value),
  ]
  return {
    after,
    learningRate,
    report: g.Concat(
      scalars.map((scalar) => g.Unsqueeze(scalar, [0])),
      0,
    ),
    penalties: objective.penalties.map(({ name }) => name),
    metrics: objective.metrics.map(({ name }) => name),
  }
}

/** The learning rate of this step, after the optimizer's schedule. */
function scheduledRate(
  project: Project,
  g: Builder,
  surroundings: Surroundings,
  learningRate: Value,
  iteration: Value,
): Value {
  const { optimizer } = project.training
  const chosen = optimizer.params.schedule
  const setting =
    typeof chosen === 'object' && chosen !== null && 'kind' in chosen ? chosen : { kind: 'constant', params: {} }
  const schedule = requireDefinition('schedule', setting.kind, 'training/optimizer/schedule')
  return schedule.build({
    g,
    params: valuesOf(schedule, setting),
    scalar: scalarOf(g, schedule, setting, 'schedule', surroundings),
    learningRate,
    iteration: g.Cast(iteration, 'float32'),
  })
}

function techniqueOf(g: Builder, { name, setting }: Omit<Attached, 'value'>, surroundings: Surroundings) {
  const definition = requireDefinition('regularizer', setting.kind, name)
  return {
    definition,
    context: { g, params: valuesOf(definition, setting), scalar: scalarOf(g, definition, setting, name, surroundings) },
  }
}

/** The techniques of the whole run, in their order. */
function runTechniques(project: Project, g: Builder, surroundings: Surroundings) {
  const { regularizers } = project.training
  const names = namesOf(regularizers)
  return regularizers.map((setting, index) =>
    techniqueOf(g, { name: names[index] ?? setting.kind, setting }, surroundings),
  )
}
