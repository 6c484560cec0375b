/** Places that results are written to, looked at before the work begins. */
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CallError } from '#shared/result.ts'

/** The absolute path of a file to be written; a CallError when it has the wrong ending or no folder to be in. */
export async function outputPath(given: string, extension: string): Promise<string> {
  const path = resolve(given)
  if (!path.toLowerCase().endsWith(extension)) {
    throw new CallError('invalid', `--out ${given}: the name has to end in ${extension}.`)
  }
  const folder = await stat(dirname(path)).catch(() => null)
  if (!folder?.isDirectory()) throw new CallError('missing', `--out ${given}: there is no folder ${dirname(path)}.`)
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw new CallError('invalid', `--out ${given} is a folder; name a file.`)
  return path
}
