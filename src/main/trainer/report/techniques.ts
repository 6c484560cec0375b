/** Everything in a project that regularizes, with what it costs the loss. */
import { namesOf } from '#engine/compile/forward.ts'
import { definitionOf } from '#engine/definitions.ts'
import { openBlocks } from '#engine/project/blocks.ts'
import type { Project, ProjectNode, Setting } from '#engine/project/project.ts'
import type { RunReport } from '#shared/report.ts'
import { measured } from '../run/summary.ts'

type Technique = RunReport['techniques'][number]

/** `l1_2` is the second L1 of its list. */
const kindOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1).replace(/_\d+$/, '')

const titleOf = (kind: string): string =>
  (definitionOf('regularizer', kind) ?? definitionOf('constraint', kind) ?? definitionOf('layer', kind))?.title ?? kind

const silent = (name: string, kind: string): Technique => ({ name, title: titleOf(kind), value: null, share: null })

/** What is attached to the weights of a layer. */
function attachedTo({ name, kind, params }: ProjectNode): readonly string[] {
  const declared = Object.entries(definitionOf('layer', kind)?.params ?? {})
  return declared.flatMap(([param, { type, ...rest }]) => {
    const family = 'family' in rest ? rest.family : null
    const list = params[param]
    if (type !== 'settings' || (family !== 'regularizer' && family !== 'constraint') || !Array.isArray(list)) return []
    const owner = `${name}/${param.replace(/(Regularizers|Constraints)$/, '')}`
    return namesOf(list.filter((setting): setting is Setting => typeof setting === 'object')).map(
      (setting) => `${owner}/${setting}`,
    )
  })
}

/**
 * Penalties with their value and their part of the loss, in the order of the run; after them all that costs nothing: layers of
 * noise and augmentation, constraints and techniques of the whole run.
 */
export function techniquesOf(
  project: Project,
  loss: number,
  penalties: Readonly<Record<string, number>>,
): readonly Technique[] {
  const { nodes } = openBlocks(project.graph)
  const told = Object.keys(penalties)
  const others = [
    ...nodes.flatMap((node) => {
      const group = definitionOf('layer', node.kind)?.group
      const acts = group === 'Regularization' || group === 'Augmentation'
      const own = node.sameAs === undefined ? attachedTo(node) : []
      return [...(acts ? [silent(node.name, node.kind)] : []), ...own.map((name) => silent(name, kindOf(name)))]
    }),
    ...namesOf(project.training.regularizers).map((name) => silent(name, kindOf(name))),
  ]
  // A penalty may carry the weight's own name where the setting's list has another.
  const isTold = ({ name }: Technique): boolean => {
    const [layer = ''] = name.split('/')
    return told.some(
      (penalty) =>
        penalty === name || (name.includes('/') && penalty.startsWith(`${layer}/`) && kindOf(penalty) === kindOf(name)),
    )
  }
  return [
    ...Object.entries(penalties).map(([name, value]): Technique => ({
      name,
      title: titleOf(kindOf(name)),
      value: measured(value),
      share: measured(value / loss),
    })),
    ...others.filter((technique) => !isTold(technique)),
  ]
}
