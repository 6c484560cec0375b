/** The drawn network as graph nodes: the same walk for training, evaluation, export and the shapes on the canvas. */
import { applyActivation } from '../activations.ts'
import type { Definition, LayerContext, Params, ValuesOf, WeightRequest } from '../define.ts'
import { definitionOf, filled, requireDefinition } from '../definitions.ts'
import { GraphError, sameShape, sizeOf, formatShape, type Shape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { endsOf, inputsOf, orderNodes } from '../project/order.ts'
import { IssueError, fail, type Issue, type ProjectGraph, type ProjectNode, type Setting } from '../project/project.ts'
import type { LiveSpec, WeightSpec } from './program.ts'

/** Where weights, live settings and random numbers come from: what differs between training, evaluation and export. */
export interface Surroundings {
  readonly training: boolean
  weight(spec: WeightSpec): Value
  live(spec: LiveSpec): Value
  mask(name: string, shape: Shape, rate: Value): Value
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
  readonly regularizers: readonly Attached[]
  readonly constraints: readonly Attached[]
}

export interface BuiltNode {
  readonly output: Value
  readonly weights: readonly WeightSpec[]
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
  const named = new Map(graph.nodes.map((node) => [node.name, node]))
  for (const node of orderNodes(graph).order) {
    const from = inputsOf(graph, node.name)
    const inputs = from.map((name) => nodes.get(name)?.output)
    if (inputs.some((value) => value === undefined)) continue
    const own: WeightSpec[] = []
    let masks = 0
    const at = (message: string, param?: string): never =>
      fail(`graph/${node.name}${param ? `/${param}` : ''}`, `${node.name} ${message}.`)
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
        training: surroundings.training,
        frozen,
        scalar: scalarOf(g, definition, source, source.name, surroundings),
        mask: (like, rate) => {
          // Masks of one layer are as different as those of different layers.
          masks += 1
          const name = masks === 1 ? node.name : `${node.name}.mask${masks}`
          return 'name' in like
            ? g.inLayoutOf(like, (shape) => surroundings.mask(name, shape, rate))
            : surroundings.mask(name, like, rate)
        },
        weight: (name, request) => {
          const spec = specOf(`${source.name}/${name}`, request, frozen)
          const known = weights.get(spec.name)
          if (known) {
            if (sameShape(known.spec.shape, spec.shape)) return known.value
            return at(
              `shares ${spec.name} ${formatShape(known.spec.shape)} with ${source.name}, but needs ${formatShape(spec.shape)}; give it an input of the same size`,
            )
          }
          own.push(spec)
          const value = surroundings.weight(spec)
          weights.set(spec.name, {
            spec,
            value,
            // What cannot move is not pulled at, as in Keras.
            regularizers: spec.trainable ? attach('regularizer', spec.name, value, request.regularizers ?? []) : [],
            constraints: spec.trainable ? attach('constraint', spec.name, value, request.constraints ?? []) : [],
          })
          return value
        },
        update: (name, next) => {
          if (surroundings.training) updates.set(`${source.name}/${name}`, next)
        },
        activity: (value, regularizers) => {
          activities.push(...attach('regularizer', `${node.name}/activity`, value, regularizers))
        },
        activation: (kind, value) => applyActivation(g, kind, value),
        fail: at,
      }
      const output = g.scoped(node.name, () => definition.build(context))
      nodes.set(node.name, { output, weights: own })
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
  return { nodes, issues, weights: [...weights.values()], activities, updates, outputs }
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
    return live ? surroundings.live({ name: `${prefix}.${name}`, value, setting, param: name }) : g.scalar(value)
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
