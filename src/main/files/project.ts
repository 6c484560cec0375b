/** Project files: `.espalier`, JSON, one document each. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import * as v from 'valibot'
import type { Project } from '#engine/project/project.ts'
import { projectSchema } from '#engine/project/schema.ts'
import { mismatch } from '#shared/failure.ts'
import { CallError } from '#shared/result.ts'
import { writeFileAtomic } from './atomic.ts'
import { parseJson } from './json.ts'
import { isMissing } from './missing.ts'

export const projectExtension = '.espalier'

const currentVersion = 1

const headSchema = v.looseObject({
  format: v.literal('espalier'),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
})
type Document = v.InferOutput<typeof headSchema>

/** From the version of its place (counted from 1) to the next one; applied in order until the document is current. */
const migrations: readonly ((document: Document) => Document)[] = []

/** A project from the text of its file; `name` is the file's, for the one sentence of the CallError. */
export function parseProject(text: string, name: string): Project {
  const document = parseJson(text, name)
  if (!v.is(headSchema, document)) {
    throw new CallError('invalid', `${name} is not an Espalier project; open a file saved by Espalier.`)
  }
  if (document.version > currentVersion) {
    throw new CallError(
      'invalid',
      `${name} was saved by a newer Espalier (format ${document.version}, this one reads up to ${currentVersion}); update Espalier to open it.`,
    )
  }
  const current: unknown = migrations
    .slice(document.version - 1)
    .reduce<Document>((older, migrate) => migrate(older), document)
  if (!v.is(projectSchema, current)) {
    throw new CallError('invalid', `${name} is damaged at ${mismatch(projectSchema, current)}.`)
  }
  return current
}

/** Reads a project file; a CallError says in one sentence why it can't be opened. */
export async function readProject(path: string): Promise<Project> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) throw new CallError('missing', `There is no file ${path}.`)
    throw new CallError('invalid', `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
  return parseProject(text, basename(path))
}

/** Saves a project under its final name in one step. */
export async function writeProject(path: string, project: Project): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(project, null, 2)}\n`)
}
