/** The drawn network as graph nodes: the same walk for training, evaluation, export and the shapes on the canvas. */
import { applyActivation } from '../activations.ts'
import type { Definition, LayerContext, Params, ValuesOf, WeightRequest } from '../define.ts'
import { definitionOf, filled, requireDefinition } from '../definitions.ts'
import { GraphError, sizeOf, type Shape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { inputsOf, orderNodes } from '../project/order.ts'
import { IssueError, fail, type Issue, type Project, type ProjectNode, type Setting } from '../project/project.ts'
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

export interface BuiltNode {
  readonly output: Value
  readonly weights: readonly WeightSpec[]
}

export interface Forward {
  /** Every node that could be built, by name. */
  readonly nodes: ReadonlyMap<string, BuiltNode>
  /** What is wrong with the others. */
  readonly issues: readonly Issue[]
  readonly weights: readonly {
    readonly spec: WeightSpec
    readonly value: Value
    readonly regularizers: readonly Attached[]
  }[]
  readonly activities: readonly Attached[]
  /** The output of the last node; null when it could not be built. */
  readonly prediction: Value | null
}

/** Builds every node it can; `input` gives the Input node's value, [batch, ...shape], for the shape it asks for. */
export function buildForward(
  g: Builder,
  project: Project,
  surroundings: Surroundings,
  input: (node: ProjectNode) => Value,
): Forward {
  const nodes = new Map<string, BuiltNode>()
  const issues: Issue[] = []
  const weights: Forward['weights'][number][] = []
  const activities: Attached[] = []
  const { order } = orderNodes(project.graph)
  for (const node of order) {
    const inputs = inputsOf(project.graph, node.name).map((name) => nodes.get(name)?.output)
    if (inputs.some((value) => value === undefined)) continue
    const own: WeightSpec[] = []
    try {
      const definition = requireDefinition('layer', node.kind, `graph/${node.name}`)
      const context: LayerContext = {
        g,
        name: node.name,
        params: valuesOf(definition, node),
        inputs: node.kind === 'input' ? [input(node)] : inputs.filter((value) => value !== undefined),
        training: surroundings.training,
        scalar: scalarOf(g, definition, node, node.name, surroundings),
        mask: (shape, rate) => surroundings.mask(node.name, shape, rate),
        weight: (name, request) => {
          const spec = specOf(`${node.name}/${name}`, request)
          own.push(spec)
          const value = surroundings.weight(spec)
          weights.push({ spec, value, regularizers: attach(spec.name, value, request.regularizers ?? []) })
          return value
        },
        activity: (value, regularizers) => {
          activities.push(...attach(`${node.name}/activity`, value, regularizers))
        },
        activation: (kind, value) => applyActivation(g, kind, value),
        fail: (message, param) => fail(`graph/${node.name}${param ? `/${param}` : ''}`, `${node.name} ${message}.`),
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
  const last = order.find(({ name }) => !project.graph.wires.some(({ from }) => from === name))
  return { nodes, issues, weights, activities, prediction: (last && nodes.get(last.name)?.output) ?? null }
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

function attach(owner: string, value: Value, regularizers: readonly Setting[]): Attached[] {
  const names = namesOf(regularizers)
  return regularizers
    .map((setting, index) => ({ name: `${owner}/${names[index] ?? setting.kind}`, setting, value }))
    .filter(({ setting }) => definitionOf('regularizer', setting.kind))
}

function specOf(name: string, { shape, initializer, fan }: WeightRequest): WeightSpec {
  const fans = fan ?? defaultFans(shape)
  return { name, shape, initializer, fanIn: fans.in, fanOut: fans.out, trainable: true }
}

/** Fans as Keras counts them: the last two axes, times the receptive field before them. */
function defaultFans(shape: readonly number[]): { readonly in: number; readonly out: number } {
  if (shape.length < 2) return { in: shape[0] ?? 1, out: shape[0] ?? 1 }
  const field = sizeOf(shape.slice(0, -2))
  return { in: (shape.at(-2) ?? 1) * field, out: (shape.at(-1) ?? 1) * field }
}
