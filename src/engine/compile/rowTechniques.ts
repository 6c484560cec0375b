/** Techniques that act on rows before the graphs see them, as the trainer calls them. */
import { requireDefinition } from '../definitions.ts'
import { terminalsOf } from '../project/blocks.ts'
import { removeMend } from '../project/mend.ts'
import { fail, type Project } from '../project/project.ts'
import { valuesOf } from './forward.ts'
import type { DataShape, OutputSpec, Program } from './program.ts'

/** What draws and what adds rows, by the classes of the first output that has any; throws an issue where they cannot. */
export function rowTechniquesOf(
  project: Project,
  data: DataShape,
  outputs: readonly OutputSpec[],
): Pick<Program, 'order' | 'synthesize'> {
  const found: { -readonly [K in 'order' | 'synthesize']: Program[K] } = { order: null, synthesize: null }
  project.training.regularizers.forEach((setting, index) => {
    const place = ['training', 'regularizers', index]
    const path = place.join('/')
    const definition = requireDefinition('regularizer', setting.kind, path)
    const { title, order, synthesize } = definition
    if (!order && !synthesize) return
    const refuse = (message: string): never => fail(path, `${title} ${message}.`, removeMend(title, place))
    const node =
      outputs.find((output) => (data.outputs?.[output.node] ?? data).classes > 0)?.node ??
      refuse('needs classes, and what is predicted are numbers; remove it, or make the target a category')
    const params = valuesOf(definition, setting)
    const spec = { path, setting, node }
    if (order) found.order = { ...spec, rows: (classes, random) => order({ params, classes, random }) }
    if (!synthesize) return
    const [words] = terminalsOf(project.graph).indices
    if (outputs.length > 1) refuse('makes rows of one class, and the network has several outputs; remove it')
    if (data.rowWeights) refuse('makes rows that have no weight, and others have one; remove it, or the role "weight"')
    if (words !== undefined) refuse(`makes rows between others, and ${words} takes numbers of words; remove it`)
    found.synthesize = { ...spec, rows: (table) => synthesize({ params, ...table }) }
  })
  return found
}
