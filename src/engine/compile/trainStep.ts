/** One training step as graph nodes, and the Scan that runs many of them a call. */
import { gradients } from '../autodiff.ts'
import type { MixedBatch, Time } from '../define.ts'
import { GraphError, type Graph, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { finish } from '../graph/finish.ts'
import { Builder } from '../ops/builder.ts'
import { terminalsOf } from '../project/blocks.ts'
import { removeMend } from '../project/mend.ts'
import { fail, type Project } from '../project/project.ts'
import { buildForward, type Forward, type Surroundings } from './forward.ts'
import { LiveInputs } from './liveInputs.ts'
import { lower, type Lowering } from './lower.ts'
import { buildObjective, columnsOf, reportOf, truthOf, type Objective, type Target } from './objective.ts'
import { planOutputs } from './outputs.ts'
import type { DataShape, InputSpec, OutputSpec, Program, WeightSpec } from './program.ts'
import { drawsOf, randomnessOf, stepKey, type Draws } from './random.ts'
import { slotsOf } from './slots.ts'
import { hiddenLayers, required, type Step } from './step.ts'
import { techniquesOf, type Technique } from './techniques.ts'
import { holdsOf, update } from './update.ts'

export interface TrainGraph extends Pick<Program, 'slots' | 'live' | 'penalties' | 'metrics' | 'columns'> {
  /** The graph in ops that the runtime has. */
  lowered(lowering: Lowering): Graph
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
  const holds = holdsOf(step, techniques, trained)
  const held = (all: readonly Value[]): readonly Value[] =>
    all.map((gradient, index) => {
      const hold = holds.get(trained[index]?.spec.name ?? '')
      return hold ? g.Where(hold.now, g.scalar(0), gradient) : gradient
    })
  const [sharp] = techniques.filter(({ definition }) => definition.perturb)
  const elsewhere = sharp?.definition.perturb?.({
    ...sharp.context,
    weights: trained.map(({ value }) => value),
    gradients: held(first.gradients()),
    names: trained.map(({ spec }) => spec.name),
  })
  // The gradient counts where the technique says; the report and moving statistics are those of the weights themselves.
  const moved =
    elsewhere && new Map(trained.map(({ spec }, index) => [spec.name, required(elsewhere[index], spec.name)]))
  const raw = held((moved ? pass(new Map([...step.weights, ...moved])) : first).gradients())
  const after = new Map<string, Value>()
  for (const { spec, value } of forward.weights)
    if (!spec.trainable) after.set(spec.name, forward.updates.get(spec.name) ?? value)
  return { after, objective, learningRate: update(step, techniques, surroundings, draws, trained, raw, holds, after) }
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
          fail: (message) =>
            fail(path, `${definition.title} ${message}.`, removeMend(definition.title, path.split('/'))),
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
