/** What makes the end of a network fit what it is trained for. */
import type { LossDefinition } from '../define.ts'
import { definitionOf, filled } from '../definitions.ts'
import { sameShape } from '../graph/graph.ts'
import { insertMend, layerPlace, lossMend, setMend, together } from '../project/mend.ts'
import { inputsOf } from '../project/order.ts'
import type { Mend, Place, Project, ProjectNode } from '../project/project.ts'
import type { Forward } from './forward.ts'
import type { TargetShape } from './program.ts'

/** What ends a network: the layers of which one alone decides how many numbers come out, from the last one back. */
interface End {
  readonly project: Project
  readonly forward: Forward
  readonly node: string
}

/** The layers at the end that work on the last axis alone: Dense, and those that keep the shape of their one input. */
function tailOf({ project: { graph }, forward, node }: End): readonly ProjectNode[] {
  const tail: ProjectNode[] = []
  for (let name: string | undefined = node; name !== undefined;) {
    const layer = graph.nodes.find((each) => each.name === name)
    const [input, ...others] = inputsOf(graph, name)
    const [before, after] = [input ?? '', name].map((each) => forward.nodes.get(each)?.output.shape)
    if (!layer || !before || !after || others.length > 0) return tail
    if (layer.kind !== 'dense' && !sameShape(before, after)) return tail
    tail.push(layer)
    name = input
  }
  return tail
}

/** The Dense whose units are the numbers that come out; null where there is none. */
export function denseOf(end: End): string | null {
  return tailOf(end).find(({ kind }) => kind === 'dense')?.name ?? null
}

/** Makes an output of these sizes put out `wanted` numbers a row for a loss: Flatten before its Dense layers, units, or new ones. */
export function sizeMend(
  end: End,
  shape: readonly number[],
  wanted: readonly number[],
  loss: LossDefinition,
): Mend | null {
  const [units, ...more] = wanted
  if (units === undefined || more.length > 0) return null
  const dense = tailOf(end).filter(({ kind }) => kind === 'dense')
  const [last, first] = [dense[0], dense.at(-1)]
  const definition = definitionOf('layer', 'dense')
  if (last && first && definition) {
    const owner = last.name === end.node ? null : last.name
    return together(
      shape.length > 1 ? insertMend({ kind: 'flatten', params: {} }, first.name, 0) : null,
      shape.at(-1) === units ? null : setMend(definition, layerPlace(last.name), 'units', units, owner),
    )
  }
  const layer = { kind: 'dense', params: { units, activation: loss.activation } }
  const layers = shape.length > 1 ? [{ kind: 'flatten', params: {} }, layer] : [layer]
  return {
    title: `Put ${shape.length > 1 ? 'Flatten and ' : ''}Dense (units ${units}) after ${end.node}`,
    edits: [{ edit: 'append', layers, after: end.node }],
  }
}

/** Chooses the loss that suits the data, and makes the end of the network fit it; `place` is where the loss is set. */
export function lossFor(end: End, shape: readonly number[], data: TargetShape, place: Place): Mend | null {
  const kind =
    data.classes === 0
      ? 'meanSquaredError'
      : data.classes === 2 && shape.at(-1) === 1
        ? 'binaryCrossentropy'
        : 'sparseCategoricalCrossentropy'
  const loss = definitionOf('loss', kind)
  if (!loss) return null
  const wanted = data.classes === 0 ? data.targets : kind === 'binaryCrossentropy' ? 1 : data.classes
  const fits = sameShape(shape, [wanted])
  return together(lossMend(loss, place), fits ? null : sizeMend(end, shape, [wanted], loss), activationMend(end, loss))
}

/** Lets the last activation be the one a loss expects. */
function activationMend(end: End, loss: LossDefinition): Mend | null {
  const last = tailOf(end).find(({ kind }) => definitionOf('layer', kind)?.params.activation)
  const definition = last && definitionOf('layer', last.kind)
  if (!last || !definition || filled(definition, last).activation === loss.activation) return null
  const owner = last.name === end.node ? null : last.name
  return setMend(definition, layerPlace(last.name), 'activation', loss.activation, owner)
}
