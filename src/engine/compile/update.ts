/** The end of a training step: what gradients make of the weights and their state. */
import { requireDefinition } from '../definitions.ts'
import { GraphError, formatShape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { layerPlace } from '../project/mend.ts'
import { formatPlace } from '../project/place.ts'
import { fail, type Project, type Setting } from '../project/project.ts'
import { isTechniquesOwn, layerOf } from '../weightName.ts'
import { scalarOf, valuesOf, type BuiltWeight, type Surroundings } from './forward.ts'
import { randomnessOf, type Draws } from './random.ts'
import { accumulatedSlot, optimizerOf } from './slots.ts'
import { hiddenLayers, required, type Step } from './step.ts'
import { techniqueOf, type Technique } from './techniques.ts'

/** How long a weight stays as it is. */
export interface Hold {
  /** In steps from the start of the run, float32 scalar. */
  readonly steps: Value
  /** Whether it does in this one. */
  readonly now: Value
}

/** The weights that techniques of the run hold, by their names. */
export function holdsOf(
  { g, time }: Step,
  techniques: readonly Technique[],
  trained: readonly BuiltWeight[],
): ReadonlyMap<string, Hold> {
  const names = trained.map(({ spec }) => spec.name)
  const layers = [...new Set(names.map(layerOf))].toReversed()
  const holds = layers.flatMap((layer, depth): [string, Hold][] => {
    const all = techniques.flatMap(
      ({ definition, context }) => definition.holds?.({ ...context, depth, layers: layers.length, time }) ?? [],
    )
    if (all.length === 0) return []
    const steps = all.reduce((one, other) => g.Max(one, other))
    return [[layer, { steps, now: g.Less(time.iteration, steps) }]]
  })
  const byLayer = new Map(holds)
  return new Map(
    names.flatMap((name): [string, Hold][] => {
      const hold = byLayer.get(layerOf(name))
      return hold ? [[name, hold]] : []
    }),
  )
}

/** Writes into `after` what every trained weight and its state are after the step; gives the learning rate. */
export function update(
  step: Step,
  run: readonly Technique[],
  surroundings: Surroundings,
  draws: Draws,
  trained: readonly BuiltWeight[],
  raw: readonly Value[],
  holds: ReadonlyMap<string, Hold>,
  after: Map<string, Value>,
): Value {
  const { g, project, iteration, time } = step
  const { definition, params, accumulated } = optimizerOf(project)
  const accumulation = accumulate(step, accumulated, trained, raw, after)
  const weights = trained.map(({ value }) => value)
  const names = trained.map(({ spec }) => spec.name)
  const hidden = new Set(hiddenLayers(project, [...step.weights.keys()]))
  const last = new Set(names.filter((name) => !hidden.has(layerOf(name))))
  const grads = run.reduce(
    (all, { name, definition: technique, context }) =>
      technique.gradients?.({
        ...context,
        gradients: all,
        weights,
        names,
        last,
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
  trained.forEach(({ spec: { name }, value, regularizers, constraints }, index) => {
    const slotsFrom = (prefix: string) =>
      Object.fromEntries(
        [...step.slots]
          .filter(([slot]) => slot.startsWith(prefix) && !slot.slice(prefix.length).includes('.'))
          .map(([slot, state]) => [slot.slice(prefix.length), state]),
      )
    const held = holds.get(name)
    const stay = (next: Value, before: Value): Value => (held ? g.Where(held.now, before, next) : next)
    const hold = (next: Value, before: Value): Value => stay(accumulation.hold(next, before), before)
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
        step: held ? ownCount(g, count, held, accumulated) : count,
      }),
    )
    for (const [slot, state] of Object.entries(updated.slots)) {
      const own = `${name}/${slot}`
      after.set(own, hold(state, required(step.slots.get(own), own)))
    }
    const attached = regularizers.map((each) => techniqueOf(g, each.name, each.name, each.setting, surroundings))
    const shaped = [...attached, ...(own ? [] : run)].reduce(
      (weight, each) =>
        each.definition.afterUpdate?.({
          ...each.context,
          name,
          weight,
          stepSize: () =>
            updated.stepSize() ??
            fail(
              formatPlace(layerPlace(layerOf(name))),
              `${each.definition.title} has no proximal form for ${name} under ${definition.title}, whose steps have one size whatever the gradient; choose its gradient form, or another optimizer.`,
            ),
        }) ?? weight,
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
    after.set(name, stay(constrained, value))
  })
  return learningRate
}

/** What the optimizer counts for a weight that has been held: it starts at 1 when the weight begins to learn. */
function ownCount(g: Builder, count: Value, { steps }: Hold, accumulated: number): Value {
  const missed = accumulated > 1 ? g.Floor(g.Div(steps, g.scalar(accumulated))) : steps
  return g.Max(g.Sub(count, missed), g.scalar(1))
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
