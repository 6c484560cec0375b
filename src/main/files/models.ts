/** Models of other programs, read as projects with their weights. */
import { lstatSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { Tensor } from '#engine/graph/graph.ts'
import type { SecondFile } from '#engine/onnx/read.ts'
import type { Issue, Project } from '#engine/project/project.ts'
import { CallError } from '#shared/result.ts'
import { importKeras } from './keras/import.ts'
import { isMissing } from './missing.ts'
import { importOnnx } from './onnx/import.ts'

/** A model as a project, and the tensors it brings along. */
export interface ImportedModel {
  readonly project: Project
  /** Starting weights, named `<node>/<weight>`. */
  readonly weights: ReadonlyMap<string, Tensor>
  /** What was left out or assumed. */
  readonly warnings: readonly Issue[]
}

type Reader = (bytes: Uint8Array, file: string, secondFile?: SecondFile) => ImportedModel

const readers: Readonly<Record<string, Reader>> = { '.keras': importKeras, '.onnx': importOnnx }

const readerOf = (file: string): Reader | undefined => readers[extname(file).toLowerCase()]

/** Whether a file is, by its name, a model that can be opened as a project. */
export const isModel = (file: string): boolean => readerOf(file) !== undefined

/**
 * A project from the bytes of a model; throws an IssueError with everything that stands in the way. Without `secondFile` all
 * of its numbers have to be in these bytes.
 */
export function parseModel(bytes: Uint8Array, file: string, secondFile?: SecondFile): ImportedModel {
  const read = readerOf(file)
  if (read) return read(bytes, file, secondFile)
  const known = Object.keys(readers).join(' or ')
  throw new CallError('invalid', `${file} cannot be opened as a project; choose a file that ends in ${known}.`)
}

/** Files in a folder itself: whatever a model calls them, no other folder is looked into and no link is followed. */
function filesBeside(folder: string): SecondFile {
  return (location) => {
    const path = join(folder, location)
    if (dirname(path) !== folder || path.includes('\0')) return null
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : null
  }
}

/** Reads a model's file, at an absolute path, and those beside it; a CallError says in one sentence why it can't be. */
export async function readModelFile(path: string): Promise<ImportedModel> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) throw new CallError('missing', `There is no file ${path}.`)
    throw new CallError('invalid', `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  })
  return parseModel(bytes, basename(path), filesBeside(dirname(path)))
}
