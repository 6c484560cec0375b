/** A project as a script tells it: layers in order with the variables they are called by, and what each output is trained for. */
import { buildPredictGraph } from '../compile/evaluation.ts'
import { valuesOf } from '../compile/forward.ts'
import { inputSpecs } from '../compile/inputShape.ts'
import type { WeightSpec } from '../compile/program.ts'
import type { LayerDefinition, LossDefinition, TargetForm } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import { openBlocks } from '../project/blocks.ts'
import { checkProject } from '../project/check.ts'
import { inputsOf, orderNodes } from '../project/order.ts'
import {
  fail,
  IssueError,
  type ParamValue,
  type Project,
  type Setting,
  type TrainingSettings,
} from '../project/project.ts'
import { Names } from './python.ts'
import type { ScriptData } from './scriptData.ts'

export interface ScriptLayer {
  readonly name: string
  readonly definition: LayerDefinition
  /** Every parameter, those left out at their defaults. */
  readonly params: Readonly<Record<string, ParamValue>>
  readonly frozen: boolean
  /** Python's variable for what it puts out. */
  readonly variable: string
  /** The layer whose settings and weights these are: itself, or the one it is once more. */
  readonly source: string
  readonly inputs: readonly string[]
  /** Of one row. */
  readonly shape: readonly number[]
  /** The shapes of one row of what it is given. */
  readonly inputShapes: readonly (readonly number[])[]
  /** Its own weights in the order in which it makes them; none for a layer that is another once more. */
  readonly weights: readonly ScriptWeight[]
}

export interface ScriptWeight extends WeightSpec {
  /** `kernel`, `forward/bias`. */
  readonly own: string
}

export interface ScriptOutput {
  readonly node: string
  readonly variable: string
  readonly loss: Setting
  readonly definition: LossDefinition
  readonly form: TargetForm
  readonly metrics: readonly Setting[]
  readonly weight: number
  readonly shape: readonly number[]
}

export interface ScriptPlan {
  readonly project: Project
  readonly training: TrainingSettings
  readonly data: ScriptData | null
  readonly layers: readonly ScriptLayer[]
  readonly inputs: readonly ScriptLayer[]
  readonly outputs: readonly ScriptOutput[]
  readonly names: Names
}

/** Without the changes that are scheduled while training a script would train another way. */
function refuseSchedules({ training: { schedules = {} } }: Project): void {
  const [name] = Object.keys(schedules)
  if (name !== undefined)
    fail(`training/schedules/${name}`, `The schedule of ${name} has no form in a script; remove it to write one.`)
}

/** Works out what a script needs; throws an IssueError with everything that is wrong with the project. */
export function planScript(project: Project, data: ScriptData | null, taken: readonly string[]): ScriptPlan {
  const errors = checkProject(project).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new IssueError(...errors)
  refuseSchedules(project)
  const graph = openBlocks(project.graph)
  const { forward } = buildPredictGraph({ ...project, graph }, inputSpecs(graph, data?.shape ?? null))
  if (forward.issues.length > 0) throw new IssueError(...forward.issues)
  const shapeOf = (name: string): readonly number[] => forward.nodes.get(name)?.output.shape.slice(1).map(Number) ?? []
  const names = new Names(taken)
  const layers = orderNodes(graph).order.map((node): ScriptLayer => {
    const source = graph.nodes.find(({ name }) => name === node.sameAs) ?? node
    const definition = requireDefinition('layer', source.kind, `graph/${node.name}`)
    const inputs = inputsOf(graph, node.name)
    return {
      name: node.name,
      definition,
      params: valuesOf(definition, source),
      frozen: source.frozen === true,
      variable: names.of(node.name),
      source: source.name,
      inputs,
      shape: shapeOf(node.name),
      inputShapes: inputs.map(shapeOf),
      weights: (forward.nodes.get(node.name)?.weights ?? []).map((spec) => ({
        ...spec,
        own: spec.name.slice(node.name.length + 1),
      })),
    }
  })
  const { training } = project
  const outputs = forward.outputs.map(({ node }): ScriptOutput => {
    const own = training.outputs?.[node]
    const loss = own?.loss ?? training.loss
    const definition = requireDefinition('loss', loss.kind, 'training/loss')
    return {
      node,
      variable: names.of(node),
      loss,
      definition,
      form: definition.target,
      metrics: own?.metrics ?? training.metrics,
      weight: own?.weight ?? 1,
      shape: shapeOf(node),
    }
  })
  const inputs = graph.nodes.flatMap(({ name, kind }) =>
    layers.filter((layer) => kind === 'input' && layer.name === name),
  )
  return { project, training, data, layers, inputs, outputs, names }
}

/** The settings in a parameter that holds a list of them. */
export function settingsIn(value: ParamValue | undefined): readonly Setting[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  return list.filter(isSetting)
}

/** Whether a parameter's value is a setting. */
export function isSetting(value: unknown): value is Setting {
  return typeof value === 'object' && value !== null && 'kind' in value && 'params' in value
}
