/** The drawn network as graph nodes: the same walk for training, evaluation, export and the shapes on the canvas. */
import { applyActivation } from '../activations.ts'
import type { Definition, LayerContext, Params, ValuesOf, WeightRequest } from '../define.ts'
import { definitionOf, filled, requireDefinition } from '../definitions.ts'
import { GraphError, sameShape, sizeOf, formatShape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { endsOf, inputsOf, orderNodes } from '../project/order.ts'
import { layerMend, layerPlace } from '../project/mend.ts'
import { formatPlace } from '../project/place.ts'
import {
  IssueError,
  fail,
  type Issue,
  type Mend,
  type ProjectGraph,
  type ProjectNode,
  type Setting,
} from '../project/project.ts'
import { layerOf } from '../weightName.ts'
import { operationsOf } from './cost.ts'
import type { LiveSpec, WeightSpec } from './program.ts'
import { randomnessOf, type Draws } from './random.ts'

/** Where weights, live settings and random numbers come from: what differs between training, evaluation and export. */
export interface Surroundings {
  readonly training: boolean
  /** Layers of noise act, though the rest predicts. */
  readonly sampled?: true
  /** Null where nothing is random. */
  readonly draws: Draws | null
  weight(spec: WeightSpec): Value
  /** A weight as its layer uses it, where that is known already and no technique has to transform it. */
  used?(spec: WeightSpec): Value | null
  live(spec: LiveSpec): Value
  /** What becomes of a layer's output on its way to the next. */
  value?(node: string, output: Value): Value
}

/** A regularizer attached to a weight or an output, and the name it is reported under: `dense1/kernel/l1`. */
export interface Attached {
  readonly name: string
  readonly setting: Setting
  readonly value: Value
}

export interface BuiltWeight {
  readonly spec: WeightSpec
  readonly value: Value
  /** As its layer uses it: transformed, where a technique does that. */
  readonly used: Value
  /** What the transformations cost, scalars of the loss. */
  readonly costs: readonly { readonly name: string; value(): Value }[]
  readonly regularizers: readonly Attached[]
  readonly constraints: readonly Attached[]
}

export interface BuiltNode {
  readonly output: Value
  readonly weights: readonly WeightSpec[]
  /** Multiplications and additions of its own for one row. */
  readonly operations: number
}

export interface Output {
  readonly node: string
  readonly prediction: Value
}

export interface Forward {
  /** Every node that could be built, by name. */
  readonly nodes: ReadonlyMap<string, BuiltNode>
  /** What is wrong with the others. */
  readonly issues: readonly Issue[]
  readonly weights: readonly BuiltWeight[]
  readonly activities: readonly Attached[]
  /** What weights that are not trainable are after the step, by their names. */
  readonly updates: ReadonlyMap<string, Value>
  /** The numbers of this batch that moving statistics follow, by the names of those weights. */
  readonly followed: ReadonlyMap<string, Value>
  /** The numbers that come into the layers: Inputs, after their augmentation; not those of words, for an embedding. */
  readonly entered: readonly Value[]
  /** The nodes that end the network, those that could be built. */
  readonly outputs: readonly Output[]
}

/** Builds every node it can of an open graph; `input` gives an Input node's value, [batch, ...shape]. */
export function buildForward(
  g: Builder,
  graph: ProjectGraph,
  surroundings: Surroundings,
  input: (node: ProjectNode) => Value,
): Forward {
  const nodes = new Map<string, BuiltNode>()
  const issues: Issue[] = []
  const weights = new Map<string, BuiltWeight>()
  const activities: Attached[] = []
  const updates = new Map<string, Value>()
  const followed = new Map<string, Value>()
  const entering = new Set<string>()
  const named = new Map(graph.nodes.map((node) => [node.name, node]))
  for (const node of orderNodes(graph).order) {
    const from = inputsOf(graph, node.name)
    const inputs = from.map((name) => nodes.get(name)?.output)
    if (inputs.some((value) => value === undefined)) continue
    const own: WeightSpec[] = []
    const at = (message: string, param?: string, mend?: Mend): never =>
      fail(
        formatPlace(layerPlace(node.name, ...(param === undefined ? [] : [param]))),
        `${node.name} ${message}.`,
        mend,
      )
    // The same layer once more has its settings and weights from where it was drawn first.
    const source = (node.sameAs === undefined ? undefined : named.get(node.sameAs)) ?? node
    const frozen = source.frozen ?? false
    try {
      const definition = requireDefinition('layer', source.kind, `graph/${node.name}`)
      const context: LayerContext = {
        g,
        name: node.name,
        params: valuesOf(definition, source),
        inputs: node.kind === 'input' ? [input(node)] : inputs.filter((value) => value !== undefined),
        from,
        training: surroundings.training || (surroundings.sampled === true && definition.samples === true),
        frozen,
        ...randomnessOf(g, surroundings.draws, node.name),
        scalar: scalarOf(g, definition, source, source.name, surroundings),
        weight: (name, request) => {
          const spec = specOf(`${source.name}/${name}`, request, frozen)
          const known = weights.get(spec.name)
          if (known) {
            if (sameShape(known.spec.shape, spec.shape)) return known.used
            return at(
              `shares ${spec.name} ${formatShape(known.spec.shape)} with ${source.name}, but needs ${formatShape(spec.shape)}; give it an input of the same size, or weights of its own`,
              undefined,
              { title: `Give ${node.name} weights of its own`, edits: [{ edit: 'separate', node: node.name }] },
            )
          }
          own.push(spec)
          const built = buildWeight(g, spec, request, surroundings, updates)
          for (const each of built) weights.set(each.spec.name, each)
          return built[0].used
        },
        update: (name, next) => {
          if (surroundings.training) updates.set(`${source.name}/${name}`, next)
        },
        follow: (name, now, momentum) => {
          const weight = `${source.name}/${name}`
          const before = weights.get(weight)?.value
          if (!surroundings.training || !before) return
          followed.set(weight, now)
          const kept = g.Mul(before, g.scalar(momentum))
          updates.set(weight, g.Add(kept, g.Mul(now, g.scalar(1 - momentum))))
        },
        activity: (value, regularizers) => {
          activities.push(...attach('regularizer', `${node.name}/activity`, value, regularizers))
        },
        activation: (kind, value) => applyActivation(g, kind, value),
        fail: (message, param, mend) => at(message, param, mend && layerMend(definition, node.name, mend)),
      }
      const written = g.graph.nodes.length
      const output = g.scoped(node.name, () => definition.build(context))
      const operations = operationsOf({ nodes: g.graph.nodes.slice(written) })
      nodes.set(node.name, { output: surroundings.value?.(node.name, output) ?? output, weights: own, operations })
      if (node.kind === 'input' || (definition.group === 'Augmentation' && from.every((name) => entering.has(name))))
        entering.add(node.name)
    } catch (problem) {
      if (problem instanceof IssueError) issues.push(...problem.issues)
      else if (problem instanceof GraphError)
        issues.push({
          severity: 'error',
          path: `graph/${node.name}`,
          message: `${node.name} does not fit what comes before it: ${problem.message}.`,
        })
      else throw problem
    }
  }
  const outputs = endsOf(graph).flatMap(({ name }) => {
    const built = nodes.get(name)
    return built ? [{ node: name, prediction: built.output }] : []
  })
  const entered = [...entering].flatMap((name) => {
    const leaves = graph.wires.some(
      ({ from, to }) => from === name && !entering.has(to) && named.get(to)?.kind !== 'embedding',
    )
    const built = nodes.get(name)
    return leaves && built ? [built.output] : []
  })
  return { nodes, issues, weights: [...weights.values()], activities, updates, followed, entered, outputs }
}

/** A weight with what is attached to it, and after it the weights its transformations keep for themselves. */
function buildWeight(
  g: Builder,
  spec: WeightSpec,
  request: WeightRequest,
  surroundings: Surroundings,
  updates: Map<string, Value>,
): readonly [BuiltWeight, ...BuiltWeight[]] {
  const { name, trainable } = spec
  const known = surroundings.used?.(spec)
  if (known) return [{ spec, value: known, used: known, costs: [], regularizers: [], constraints: [] }]
  const value = surroundings.weight(spec)
  const settings = attach('regularizer', name, value, request.regularizers ?? [])
  const parameters: BuiltWeight[] = []
  const costs: BuiltWeight['costs'][number][] = []
  const used = settings.reduce((weight, { name: path, setting }) => {
    const definition = requireDefinition('regularizer', setting.kind, path)
    const { transform } = definition
    if (!transform) return weight
    const result = g.scoped(path, () =>
      transform({
        g,
        params: valuesOf(definition, setting),
        scalar: scalarOf(g, definition, setting, path, surroundings),
        name,
        weight,
        training: surroundings.training,
        random: randomnessOf(g, surroundings.draws, path),
        parameter: (own, wanted) => {
          const parameter = specOf(`${path}.${own}`, wanted, !trainable)
          const value = surroundings.weight(parameter)
          parameters.push({ spec: parameter, value, used: value, costs: [], regularizers: [], constraints: [] })
          return value
        },
        update: (own, next) => {
          if (surroundings.training) updates.set(`${path}.${own}`, next)
        },
        fail: (message) => fail(formatPlace(layerPlace(layerOf(name))), `${definition.title} ${message}.`),
      }),
    )
    const { penalty } = result
    if (penalty && trainable) costs.push({ name: path, value: () => g.scoped(path, penalty) })
    return result.weight
  }, value)
  // What cannot move is not pulled at, as in Keras.
  const regularizers = trainable ? settings : []
  const constraints = trainable ? attach('constraint', name, value, request.constraints ?? []) : []
  return [{ spec, value, used, costs, regularizers, constraints }, ...parameters]
}

/** A setting's parameters as its definition's code sees them. */
export function valuesOf<P extends Params>(definition: Definition<P>, setting: Setting): ValuesOf<P> {
  return filled(definition, setting) as ValuesOf<P>
}

/** Reads a number of a setting as a graph scalar: a live input named `<prefix>.<param>`, or a constant. */
export function scalarOf(
  g: Builder,
  definition: Definition,
  setting: Setting,
  prefix: string,
  surroundings: Pick<Surroundings, 'live'>,
): (name: string) => Value {
  const values = filled(definition, setting)
  return (name) => {
    const param = definition.params[name]
    const value = values[name]
    if (typeof value !== 'number' || !param) throw new GraphError(`${definition.kind} has no number ${name}`)
    const live = (param.type === 'number' || param.type === 'integer') && param.live === true
    return live
      ? surroundings.live({ name: `${prefix}.${name}`, value, setting, param: name, declaration: param })
      : g.scalar(value)
  }
}

/** Names settings in a list: their kinds, numbered where one comes again. */
export function namesOf(settings: readonly Setting[]): readonly string[] {
  return settings.map(({ kind }, index) => {
    const before = settings.slice(0, index).filter((other) => other.kind === kind).length
    return before > 0 ? `${kind}_${before + 1}` : kind
  })
}

function attach(
  family: 'regularizer' | 'constraint',
  owner: string,
  value: Value,
  settings: readonly Setting[],
): Attached[] {
  const names = namesOf(settings)
  return settings
    .map((setting, index) => ({ name: `${owner}/${names[index] ?? setting.kind}`, setting, value }))
    .filter(({ setting }) => definitionOf(family, setting.kind))
}

function specOf(
  name: string,
  { shape, initializer, fan, trainable = true }: WeightRequest,
  frozen: boolean,
): WeightSpec {
  const fans = fan ?? defaultFans(shape)
  return { name, shape, initializer, fanIn: fans.in, fanOut: fans.out, trainable: trainable && !frozen }
}

/** Fans as Keras counts them: the last two axes, times the receptive field before them. */
function defaultFans(shape: readonly number[]): { readonly in: number; readonly out: number } {
  if (shape.length < 2) return { in: shape[0] ?? 1, out: shape[0] ?? 1 }
  const field = sizeOf(shape.slice(0, -2))
  return { in: (shape.at(-2) ?? 1) * field, out: (shape.at(-1) ?? 1) * field }
}
