/** Models of other programs, read as projects with their weights. */
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { Tensor } from '#engine/graph/graph.ts'
import type { Issue, Project } from '#engine/project/project.ts'
import { CallError } from '#shared/result.ts'
import { importKeras } from './keras/import.ts'
import { isMissing } from './missing.ts'

/** A model as a project, and the tensors it brings along. */
export interface ImportedModel {
  readonly project: Project
  /** Starting weights, named `<node>/<weight>`. */
  readonly weights: ReadonlyMap<string, Tensor>
  /** What was left out because it changes neither training nor predictions. */
  readonly warnings: readonly Issue[]
}

const readers: Readonly<Record<string, (bytes: Uint8Array, file: string) => ImportedModel>> = {
  '.keras': importKeras,
}

const readerOf = (file: string) => readers[extname(file).toLowerCase()]

/** Whether a file is, by its name, a model that can be opened as a project. */
export const isModel = (file: string): boolean => readerOf(file) !== undefined

/** A project from the bytes of a model; throws an IssueError with everything that stands in the way. */
export function parseModel(bytes: Uint8Array, file: string): ImportedModel {
  const read = readerOf(file)
  if (read) return read(bytes, file)
  const known = Object.keys(readers).join(' or ')
  throw new CallError('invalid', `${file} cannot be opened as a project; choose a file that ends in ${known}.`)
}

/** Reads a model's file; a CallError says in one sentence why it can't be. */
export async function readModel(path: string): Promise<ImportedModel> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) throw new CallError('missing', `There is no file ${path}.`)
    throw new CallError('invalid', `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  })
  return parseModel(bytes, basename(path))
}
