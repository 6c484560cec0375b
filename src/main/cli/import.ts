/** `espalier import`: a model of another program in, a project with its weights out. */
import { normalize, relative } from 'node:path'
import { sizeOf } from '#engine/graph/graph.ts'
import { saveImport } from '#main/files/saveImport.ts'
import { readModelFile } from '#main/files/models.ts'
import { projectExtension } from '#main/files/project.ts'
import { version } from '#main/handlers/about.ts'
import { warn } from './failure.ts'
import { outputPath } from './outputs.ts'
import { plural } from './report/text.ts'

/** Imports and says what came of it; throws CallErrors and IssueErrors. */
export async function importModel(model: string, options: { readonly out: string }): Promise<number> {
  const out = await outputPath(options.out, projectExtension)
  const imported = await readModelFile(normalize(model))
  const { graph } = await saveImport(out, imported, version)
  for (const warning of imported.warnings) warn(`Warning: ${warning.message}`)
  const weights = [...imported.weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const shown = relative('', out)
  process.stdout.write(
    `${shown}: ${plural(graph.nodes.length, 'layer')}, ${plural(weights, 'weight')}; choose its data before training.\n`,
  )
  return 0
}
