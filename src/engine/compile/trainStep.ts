/** One training step as graph nodes, and the Scan that runs many of them a call. */
import { gradients } from '../autodiff.ts'
import type { MixedBatch, Slots, Time } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import { GraphError, formatShape, type Graph, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { finish } from '../graph/finish.ts'
import { Builder } from '../ops/builder.ts'
import { terminalsOf } from '../project/blocks.ts'
import { orderNodes } from '../project/order.ts'
import { fail, type Project, type Setting } from '../project/project.ts'
import {
  buildForward,
  isTechniquesOwn,
  layerOf,
  namesOf,
  scalarOf,
  valuesOf,
  type BuiltWeight,
  type Forward,
  type Surroundings,
} from './forward.ts'
import { buildObjective, columnsOf, reportOf, truthOf, type Objective, type Target } from './objective.ts'
import { planOutputs } from './outputs.ts'
import type { DataShape, InputSpec, LiveSpec, OutputSpec, Program, SlotSpec, WeightSpec } from './program.ts'
import { lower, type Lowering } from './lower.ts'
import { drawsOf, randomnessOf, stepKey, type Draws } from './random.ts'
import { techniqueOf, techniquesOf, type Technique } from './techniques.ts'

export interface TrainGraph extends Pick<Program, 'slots' | 'live' | 'penalties' | 'metrics' | 'columns'> {
  /** The graph in ops that the runtime has. */
  lowered(lowering: Lowering): Graph
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
  readonly time: Time
  /** Rows of the batch by the Input's name, and what they are to become by the output's: classes as one column each. */
  readonly inputs: ReadonlyMap<string, Value>
  readonly targets: ReadonlyMap<string, Value>
  /** Of each row of the batch, where rows have weights. */
  readonly rowWeights: Value | null
  /** Steps done before this one, int64 scalar; and the seed of the run, uint32 scalar. */
  readonly iteration: Value
  readonly seed: Value
  readonly weights: ReadonlyMap<string, Value>
  readonly slots: ReadonlyMap<string, Value>
}

/**
 * The train graph of a Program for batches of this many rows. `weights` are those of the network and `outputs` what it puts
 * out (they differ with neither batch nor step), found by building it once.
 */
export function buildTrainGraph(
  project: Project,
  data: DataShape,
  inputs: readonly InputSpec[],
  outputs: readonly OutputSpec[],
  weights: readonly WeightSpec[],
  batch: number,
): TrainGraph {
  const g = new Builder('train')
  const slots = slotsOf(project, weights)
  const xs = inputs.map(({ feed, shape }) => g.input(feed, 'float32', ['rows', ...shape]))
  const ys = outputs.map(({ feed, target }) =>
    g.input(feed, target.form === 'index' ? 'int64' : 'float32', ['rows', ...target.shape]),
  )
  const rowWeights = data.rowWeights ? g.input('rowWeights', 'float32', ['rows']) : null
  const batches = g.input('batches', 'int64', ['steps', batch])
  const iterations = g.input('iterations', 'int64', ['steps'])
  const seed = g.input('seed', 'uint32', [])
  const live = new LiveInputs(g)
  const clock = scalarInputs(g)
  const states = [...weights, ...slots]
  const state = states.map(({ name, shape }) => g.input(name, 'float32', shape))
  let objective: Objective | null = null
  const results = g.Scan(state, [batches, iterations], (inner, carried, [rows, iteration]) => {
    const stated = (specs: readonly { readonly name: string }[], from: number) =>
      new Map(specs.map(({ name }, index) => [name, required(carried[from + index], name)]))
    const taken = (values: readonly Value[], names: readonly string[]) =>
      new Map(
        names.map((name, index) => [name, inner.Gather(required(values[index], name), required(rows, 'batches'))]),
      )
    const now = required(iteration, 'iterations')
    const fed = taken(
      ys,
      outputs.map(({ node }) => node),
    )
    const step = buildStep({
      g: inner,
      project,
      data,
      live,
      time: timeOf(clock, inner.Cast(now, 'float32')),
      inputs: taken(
        xs,
        inputs.map(({ node }) => node),
      ),
      targets: new Map(
        outputs.map((spec) => [spec.node, truthOf(inner, spec, required(fed.get(spec.node), spec.feed))]),
      ),
      rowWeights: rowWeights && inner.Gather(rowWeights, required(rows, 'batches')),
      iteration: now,
      seed,
      weights: stated(weights, 0),
      slots: stated(slots, weights.length),
    })
    objective = step.objective
    return {
      carried: states.map(({ name }) => required(step.after.get(name), name)),
      reports: [reportOf(inner, step.objective), step.learningRate],
    }
  })
  states.forEach(({ name }, index) => g.output(required(results[index], name), `${name}.next`))
  g.output(required(results.at(-2), 'report'), 'report')
  g.output(required(results.at(-1), 'learningRates'), 'learningRates')
  const lowered = (lowering: Lowering): Graph => {
    const graph = lower(finish(g.graph), lowering)
    verify(graph)
    return graph
  }
  return { lowered, slots, live: [...live.specs.values()], ...described(objective) }
}

/** Reads a scalar that is fed under its name, from its first asking on an input of the graph. */
function scalarInputs(g: Builder): (name: string) => Value {
  const made = new Map<string, Value>()
  return (name) => {
    const value = made.get(name) ?? g.input(name, 'float32', [])
    made.set(name, value)
    return value
  }
}

/** Where a run is; what no technique asks for is no input of the graph. */
function timeOf(read: (name: string) => Value, iteration: Value): Time {
  return {
    iteration,
    get stepsPerEpoch() {
      return read('stepsPerEpoch')
    },
    get epochs() {
      return read('epochs')
    },
  }
}

/** What a report holds. */
function described(objective: Objective | null): Pick<Program, 'penalties' | 'metrics' | 'columns'> {
  if (!objective) throw new GraphError('the step has no objective')
  const columns = columnsOf(objective)
  const first = columns.findIndex((column) => column.startsWith('metric:'))
  return {
    columns,
    penalties: objective.penalties.map(({ name }) => name),
    metrics: objective.metrics.map(({ spec }) => ({ ...spec, from: spec.from + first })),
  }
}

function required(value: Value | undefined, name: string): Value {
  if (!value) throw new GraphError(`the step lost ${name}`)
  return value
}

/** The optimizer of a project, and over how many steps it adds up gradients before it acts. */
function optimizerOf({ training: { optimizer } }: Project) {
  const definition = requireDefinition('optimizer', optimizer.kind, 'training/optimizer')
  const params = valuesOf(definition, optimizer)
  return { definition, params, accumulated: Number(params.accumulatedSteps ?? 1) }
}

/** The slot that holds the gradients of earlier steps. */
const accumulatedSlot = 'accumulated'

/** The state each trained weight needs: `<weight>/<slot>` of the optimizer, `<weight>/<technique>.<slot>` of a technique. */
function slotsOf(project: Project, weights: readonly WeightSpec[]): readonly SlotSpec[] {
  const { definition, params, accumulated } = optimizerOf(project)
  const techniques = trackersOf(project)
  return weights
    .filter(({ trainable }) => trainable)
    .flatMap(({ name, shape }) => {
      const specs = (slots: Slots, prefix: string): SlotSpec[] =>
        Object.entries(slots).map(([slot, start]) => ({
          name: `${name}/${prefix}${slot}`,
          ...(typeof start === 'number' ? { shape, fill: start } : start),
        }))
      return [
        ...specs(definition.slots(params, shape, name), ''),
        ...(accumulated > 1 ? specs({ [accumulatedSlot]: 0 }, '') : []),
        ...techniques.flatMap((each) => specs(each.definition.slots?.(each.params) ?? {}, `${each.name}.`)),
      ]
    })
}

/** The techniques of the run that keep state. */
function trackersOf({ training: { regularizers } }: Project) {
  const names = namesOf(regularizers)
  return regularizers
    .map((setting, index) => {
      const definition = requireDefinition('regularizer', setting.kind, `training/regularizers/${index}`)
      return { name: names[index] ?? setting.kind, definition, params: valuesOf(definition, setting) }
    })
    .filter(({ definition }) => definition.slots)
}

/** By the name of a weight: the slot that replaces it when training ends. */
export function finalSlots(project: Project, weights: readonly WeightSpec[]): ReadonlyMap<string, string> {
  const last = trackersOf(project).findLast(({ definition }) => definition.final)
  return new Map(
    last
      ? weights.flatMap(({ name, trainable }) =>
          trainable ? [[name, `${name}/${last.name}.${last.definition.final ?? ''}`]] : [],
        )
      : [],
  )
}

/** Mixing, forward, loss, penalties, backward, gradient hooks, update, and what the techniques do around it, in this order. */
function buildStep(step: Step): {
  readonly after: ReadonlyMap<string, Value>
  readonly objective: Objective
  readonly learningRate: Value
} {
  const { g, project, live } = step
  const draws = drawsOf(g, stepKey(g, step.seed, step.iteration))
  const techniques = techniquesOf(project, g, { live: (spec) => live.read(spec) })
  const mixed = mix(step, techniques, draws)
  const pass = (weights: ReadonlyMap<string, Value>) => buildPass(step, techniques, mixed, draws, weights)
  const first = pass(step.weights)
  const { trained, forward, objective, surroundings } = first
  const [sharp] = techniques.filter(({ definition }) => definition.perturb)
  const elsewhere = sharp?.definition.perturb?.({
    ...sharp.context,
    weights: trained.map(({ value }) => value),
    gradients: first.gradients(),
  })
  // The gradient counts where the technique says; the report and moving statistics are those of the weights themselves.
  const moved =
    elsewhere && new Map(trained.map(({ spec }, index) => [spec.name, required(elsewhere[index], spec.name)]))
  const raw = (moved ? pass(new Map([...step.weights, ...moved])) : first).gradients()
  const after = new Map<string, Value>()
  for (const { spec, value } of forward.weights)
    if (!spec.trainable) after.set(spec.name, forward.updates.get(spec.name) ?? value)
  return { after, objective, learningRate: update(step, techniques, surroundings, draws, trained, raw, after) }
}

/** Forward through a network with these weights, as often as a technique wants it, loss and penalties. */
function buildPass(
  { g, project, data, live, targets, rowWeights }: Step,
  techniques: readonly Technique[],
  mixed: MixedBatch,
  draws: Draws,
  weights: ReadonlyMap<string, Value>,
) {
  const surroundings = (prefix: string): Surroundings => ({
    training: true,
    draws: prefixed(draws, prefix),
    weight: ({ name }) => required(weights.get(name), name),
    live: (spec) => live.read(spec),
    ...(mixed.value ? { value: mixed.value } : {}),
  })
  const count = Math.max(1, ...techniques.map(({ definition }) => definition.passes ?? 1))
  const build = (prefix: string): Forward =>
    buildForward(g, project.graph, surroundings(prefix), ({ name }) => required(mixed.inputs.get(name), name))
  const forward = build('')
  const others = Array.from({ length: count - 1 }, (_, index) => build(`pass${index + 2}/`))
  const aims = new Map(
    [...targets].map(([node, truth]): [string, Target] => [node, { truth, aim: mixed.targets.get(node) ?? truth }]),
  )
  const plans = planOutputs(project, forward, data)
  const objective = buildObjective(g, project, [forward, ...others], plans, aims, rowWeights, surroundings(''))
  const trained = forward.weights.filter(({ spec }) => spec.trainable)
  return {
    forward,
    objective,
    trained,
    surroundings: surroundings(''),
    /** Of everything that is minimized, by each weight that learns. */
    gradients: (): readonly Value[] => {
      const total = objective.penalties
        .filter(({ differentiated }) => differentiated)
        .reduce((sum, { value }) => g.Add(sum, value), objective.data)
      const wanted = trained.map(({ value }) => value)
      // Weights and their state stay in their own layout: only the gradient is transposed, if at all.
      return gradients(g, total, wanted).map((gradient) => g.settled(gradient))
    },
  }
}

/** The same random values under other names. */
function prefixed(draws: Draws, prefix: string): Draws {
  if (prefix === '') return draws
  return {
    mask: (name, shape, rate) => draws.mask(prefix + name, shape, rate),
    uniform: (name, shape) => draws.uniform(prefix + name, shape),
    normal: (name, shape) => draws.normal(prefix + name, shape),
  }
}

/** The batch after every technique that mixes its rows. */
function mix(
  { g, project, inputs, targets, weights }: Step,
  techniques: readonly Technique[],
  draws: Draws,
): MixedBatch {
  const hidden = hiddenLayers(project, [...weights.keys()])
  const { indices } = terminalsOf(project.graph)
  return techniques.reduce<MixedBatch>(
    (batch, { name, path, definition, context }) => {
      if (!definition.mix) return batch
      const random = randomnessOf(g, draws, name)
      const mixed = g.scoped(name, () =>
        definition.mix?.({
          ...context,
          batch,
          hidden,
          indices,
          random,
          fail: (message) => fail(path, `${definition.title} ${message}.`),
        }),
      )
      if (!mixed) return batch
      const { value: before } = batch
      const { value: own } = mixed
      return before && own
        ? { ...mixed, value: (node, output) => own(node, before(node, output)) }
        : { ...batch, ...mixed }
    },
    { inputs, targets },
  )
}

/** The layers that have weights, without those after which no other has any. */
function hiddenLayers({ graph }: Project, weights: readonly string[]): readonly string[] {
  const weighed = new Set(weights.map(layerOf))
  const leads = new Set<string>()
  for (const { name } of orderNodes(graph).order.toReversed()) {
    const next = graph.wires.filter(({ from }) => from === name).map(({ to }) => to)
    if (next.some((to) => weighed.has(to) || leads.has(to))) leads.add(name)
  }
  return [...weighed].filter((name) => leads.has(name))
}

/** Writes into `after` what every trained weight and its state are after the step; gives the learning rate. */
function update(
  step: Step,
  run: readonly Technique[],
  surroundings: Surroundings,
  draws: Draws,
  trained: readonly BuiltWeight[],
  raw: readonly Value[],
  after: Map<string, Value>,
): Value {
  const { g, project, iteration, time } = step
  const { definition, params, accumulated } = optimizerOf(project)
  const accumulation = accumulate(step, accumulated, trained, raw, after)
  const weights = trained.map(({ value }) => value)
  const names = trained.map(({ spec }) => spec.name)
  const grads = run.reduce(
    (all, { name, definition: technique, context }) =>
      technique.gradients?.({
        ...context,
        gradients: all,
        weights,
        names,
        time,
        random: randomnessOf(g, draws, name),
      }) ?? all,
    accumulation.gradients,
  )
  const { optimizer } = project.training
  const context = { g, params, scalar: scalarOf(g, definition, optimizer, 'optimizer', surroundings) }
  const learningRate = scheduledRate(project, g, surroundings, context.scalar('learningRate'), iteration)
  const done = accumulated > 1 ? g.Div(iteration, g.scalar(accumulated, 'int64')) : iteration
  const count = g.Cast(g.Add(done, g.scalar(1, 'int64')), 'float32')
  const layers = [...new Set(names.map(layerOf))].toReversed()
  trained.forEach(({ spec: { name }, value, regularizers, constraints }, index) => {
    const slotsFrom = (prefix: string) =>
      Object.fromEntries(
        [...step.slots]
          .filter(([slot]) => slot.startsWith(prefix) && !slot.slice(prefix.length).includes('.'))
          .map(([slot, state]) => [slot.slice(prefix.length), state]),
      )
    const held = run.flatMap(
      ({ definition: technique, context: shared }) =>
        technique.holds?.({ ...shared, name, depth: layers.indexOf(layerOf(name)), layers: layers.length, time }) ?? [],
    )
    const stays = held.length > 0 ? held.reduce((one, other) => g.Or(one, other)) : null
    const hold = (next: Value, before: Value): Value => {
      const now = accumulation.hold(next, before)
      return stays ? g.Where(stays, before, now) : now
    }
    // A weight that a technique keeps for itself is none of the network's, and not for others to shrink.
    const own = isTechniquesOwn(name)
    const kept = run.reduce(
      (weight, each) =>
        (own ? null : each.definition.beforeUpdate?.({ ...each.context, name, weight, learningRate })) ?? weight,
      value,
    )
    const gradient = required(grads[index], name)
    const updated = g.scoped(`${name}.update`, () =>
      definition.update({
        ...context,
        name,
        weight: kept,
        gradient,
        slots: slotsFrom(`${name}/`),
        learningRate,
        step: count,
      }),
    )
    for (const [slot, state] of Object.entries(updated.slots)) {
      const own = `${name}/${slot}`
      after.set(own, hold(state, required(step.slots.get(own), own)))
    }
    const attached = regularizers.map((each) => techniqueOf(g, each.name, each.name, each.setting, surroundings))
    const shaped = [...attached, ...(own ? [] : run)].reduce(
      (weight, each) =>
        each.definition.afterUpdate?.({ ...each.context, name, weight, stepSize: () => updated.stepSize() }) ?? weight,
      updated.weight,
    )
    const tracked = run.reduce(
      (weight, each) => {
        const prefix = `${name}/${each.name}.`
        const slots = slotsFrom(prefix)
        const result = each.definition.track?.({ ...each.context, name, weight, slots, step: count, time })
        for (const [slot, state] of Object.entries(result?.slots ?? {})) after.set(prefix + slot, state)
        return result?.weight ?? weight
      },
      hold(shaped, value),
    )
    const constrained = constraints.reduce(
      (weight, { name: path, setting }) => constrain(g, path, setting, weight, surroundings),
      tracked,
    )
    after.set(name, constrained)
  })
  return learningRate
}

/**
 * Adds up gradients over so many steps: their mean, on which the last of these steps acts, and what holds the weights and the
 * optimizer's state still in the steps before it. Averages and constraints go on at every step, as in Keras.
 */
function accumulate(
  step: Step,
  steps: number,
  trained: readonly BuiltWeight[],
  raw: readonly Value[],
  after: Map<string, Value>,
): { readonly gradients: readonly Value[]; hold(next: Value, before: Value): Value } {
  if (steps === 1) return { gradients: raw, hold: (next) => next }
  const { g, iteration } = step
  const length = g.scalar(steps, 'int64')
  const next = g.Add(iteration, g.scalar(1, 'int64'))
  const acts = g.Equal(g.Mul(g.Div(next, length), length), next)
  const sums = trained.map(({ spec: { name } }, index) => {
    const slot = `${name}/${accumulatedSlot}`
    const sum = g.Add(required(step.slots.get(slot), slot), required(raw[index], name))
    after.set(slot, g.Where(acts, g.scalar(0), sum))
    return sum
  })
  return {
    gradients: sums.map((sum) => g.Div(sum, g.scalar(steps))),
    hold: (now, before) => g.Where(acts, now, before),
  }
}

function constrain(g: Builder, path: string, setting: Setting, weight: Value, surroundings: Surroundings): Value {
  const definition = requireDefinition('constraint', setting.kind, path)
  const scalar = scalarOf(g, definition, setting, path, surroundings)
  try {
    return g.scoped(path, () => definition.build({ g, params: valuesOf(definition, setting), scalar, weight }))
  } catch (problem) {
    if (!(problem instanceof GraphError)) throw problem
    const owner = path.slice(0, path.lastIndexOf('/'))
    return fail(
      `graph/${owner.slice(0, owner.lastIndexOf('/'))}`,
      `${definition.title} does not fit ${owner} ${formatShape(weight.shape)}: ${problem.message}; choose other axes.`,
    )
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
