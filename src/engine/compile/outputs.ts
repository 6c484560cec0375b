/** What each output of a network is trained for, and whether it fits: losses, targets and metrics before they are built. */
import type { LossDefinition } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import { formatShape, sameShape, sizeOf } from '../graph/graph.ts'
import { formatPlace } from '../project/place.ts'
import { fail, type Mend, type Place, type Project, type Setting } from '../project/project.ts'
import type { Forward } from './forward.ts'
import { named } from './inputShape.ts'
import { denseOf, lossFor, sizeMend } from './outputMend.ts'
import type { DataShape, OutputSpec, TargetShape } from './program.ts'

/** What the compiler knows of an output before it is built. */
export interface OutputPlan {
  readonly spec: OutputSpec
  readonly definition: LossDefinition
  readonly weight: number
  readonly metrics: readonly { readonly setting: Setting; readonly place: Place }[]
  /** Where its loss is set. */
  readonly place: Place
  readonly data: TargetShape
}

/** The outputs of a built network and what each is trained for; throws an issue where one does not fit its loss. */
export function planOutputs(project: Project, forward: Forward, data: DataShape): readonly OutputPlan[] {
  const { outputs } = forward
  if (outputs.length === 0) fail('graph', 'The network has no output; connect its layers.')
  return outputs.map(({ node, prediction }) => {
    const own = project.training.outputs?.[node]
    const place = own?.loss ? ['training', 'outputs', node] : ['training']
    const loss = own?.loss ?? project.training.loss
    const path = formatPlace([...place, 'loss'])
    const definition = requireDefinition('loss', loss.kind, path)
    const target = data.outputs?.[node] ?? data
    const shape = prediction.shape.slice(1).map(Number)
    const end = { project, forward, node }
    checkData(definition, target, shape, path, () => lossFor(end, shape, target, place))
    const metricsPlace = own?.metrics ? ['training', 'outputs', node, 'metrics'] : ['training', 'metrics']
    const plan: OutputPlan = {
      spec: {
        node,
        prediction: named('prediction', node, outputs.length),
        shape,
        feed: named('y', node, outputs.length),
        target: targetOf(definition, target, shape),
        loss,
      },
      definition,
      weight: own?.weight ?? 1,
      metrics: (own?.metrics ?? project.training.metrics).map((setting, index) => ({
        setting,
        place: [...metricsPlace, index],
      })),
      place,
      data: target,
    }
    checkOutput(plan, denseOf(end), (wanted) => sizeMend(end, shape, wanted, definition))
    return plan
  })
}

/**
 * The target of one row, as the loss wants it, for these data. Where a network puts out a number for each of several places
 * (a sequence, an image), the target columns are those places in row-major order.
 */
function targetOf(loss: LossDefinition, data: TargetShape, output: readonly number[]): OutputSpec['target'] {
  const places = output.slice(0, -1)
  const classes = output.at(-1) ?? 0
  const columns = output.length > 1 && sizeOf(output) === data.targets ? output : [data.targets]
  switch (loss.target) {
    case 'index':
      return data.classes > 0 ? { form: 'index', shape: [] } : { form: 'index', shape: places, classes }
    case 'oneHot':
      return { form: 'oneHot', shape: data.classes > 0 ? [data.classes] : columns }
    case 'binary':
      return { form: 'binary', shape: data.classes > 0 ? [1] : columns }
    case 'value':
      return { form: 'value', shape: columns }
  }
}

function checkData(
  loss: LossDefinition,
  data: TargetShape,
  output: readonly number[],
  path: string,
  mend: () => Mend | null,
): void {
  if (data.classes > 0 && loss.target === 'value')
    fail(
      path,
      `${loss.title} is for numbers, but the target has ${data.classes} classes; choose a cross-entropy, or make the target a number.`,
      mend(),
    )
  if (data.classes === 0 && loss.target === 'index' && output.length < 2)
    fail(
      path,
      `${loss.title} is for classes, but the target is a number; choose mean squared error, or make the target a category.`,
      mend(),
    )
  if (data.classes > 2 && loss.target === 'binary')
    fail(
      path,
      `${loss.title} is for two classes, but the target has ${data.classes}; choose sparse categorical cross-entropy.`,
      mend(),
    )
}

function checkOutput(
  { spec, definition, data }: OutputPlan,
  dense: string | null,
  mend: (wanted: readonly number[]) => Mend | null,
): void {
  const { node, shape, target } = spec
  if (data.classes === 0 && data.targets === 0)
    fail('data/columns', `No column goes to the output ${node}; choose it for at least one target.`)
  if (target.classes !== undefined) {
    if (sizeOf(target.shape) === data.targets) return
    fail(
      `graph/${node}`,
      `${node} puts out ${formatShape(shape)} a row, a class for each of ${sizeOf(target.shape)} places, but ${data.targets} columns are targets; give each place one column.`,
    )
  }
  const wanted = definition.target === 'index' ? [data.classes] : target.shape
  if (sameShape(shape, wanted)) return
  const units = `set ${dense === node ? 'its units' : `the units of ${dense}`} to ${wanted.join(', ')}`
  const way =
    dense === null
      ? `put ${shape.length > 1 ? 'Flatten and ' : ''}a Dense layer after it`
      : shape.length > 1
        ? `put Flatten before the Dense layers at its end`
        : units
  fail(
    `graph/${node}`,
    `${node} puts out ${formatShape(shape)} a row, but ${definition.title} needs ${formatShape(wanted)} for these data; ${way}.`,
    mend(wanted),
  )
}
