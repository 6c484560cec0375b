/** Where a project is, and the files it names. */
import { dirname } from 'node:path'
import { CallError } from '#shared/result.ts'
import type { Platform } from './platform.ts'

/** Sources that begin so ship with Espalier and are found by the trainer. */
const samplePrefix = 'sample:'

/** The folder that a project's files are relative to; `path` is null for one without a file of its own. */
export async function folderOf(platform: Platform, path: string | null): Promise<string> {
  return path === null ? platform.folder : dirname(await platform.reach.resolve(path))
}

/** Whether a source is a file of the person's own rather than a sample. */
export const isOwnFile = (source: string | null): source is string =>
  source !== null && !source.startsWith(samplePrefix)

/** Throws a CallError when one of the files a project names is out of reach. */
export async function checkReach(
  platform: Platform,
  folder: string,
  ...files: readonly (string | null)[]
): Promise<void> {
  for (const file of files) if (isOwnFile(file)) await platform.reach.resolve(file, folder)
}

/** Only files of their own kind are ever written, whatever a page asks for. */
export function checkExtension(path: string, extension: string): void {
  if (!path.toLowerCase().endsWith(extension)) {
    throw new CallError('invalid', `"${path}" has to end in ${extension}.`)
  }
}
