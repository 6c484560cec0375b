/** `espalier import`: a Keras model in, a project with its weights out. */
import { readFile } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { sizeOf } from '#engine/graph/graph.ts'
import { importKeras } from '#main/files/keras/import.ts'
import { saveImport } from '#main/files/keras/save.ts'
import { isMissing } from '#main/files/missing.ts'
import { projectExtension } from '#main/files/project.ts'
import { version } from '#main/handlers/about.ts'
import { CallError } from '#shared/result.ts'
import { warn } from './failure.ts'
import { outputPath } from './outputs.ts'
import { plural } from './report/text.ts'

/** Imports and says what came of it; throws CallErrors and IssueErrors. */
export async function importModel(model: string, options: { readonly out: string }): Promise<number> {
  const out = await outputPath(options.out, projectExtension)
  const bytes = await readFile(model).catch((error: unknown) => {
    if (isMissing(error)) throw new CallError('missing', `There is no file ${model}.`)
    throw new CallError(
      'invalid',
      `${model} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    )
  })
  const imported = importKeras(bytes, basename(model))
  const { graph } = await saveImport(out, imported, version)
  for (const warning of imported.warnings) warn(`Warning: ${warning.message}`)
  const weights = [...imported.weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const shown = relative('', out)
  process.stdout.write(
    `${shown}: ${plural(graph.nodes.length, 'layer')}, ${plural(weights, 'weight')}; choose its data before training.\n`,
  )
  return 0
}
