/** Which projects were opened or saved last. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { writeFileAtomic } from './atomic.ts'
import { isMissing } from './missing.ts'

const most = 10
const recentSchema = v.array(v.string())

const fileOf = (home: string): string => join(home, 'recent.json')

/** Paths, newest first; a list that can't be understood counts as empty. */
export async function readRecent(home: string): Promise<readonly string[]> {
  try {
    const paths: unknown = JSON.parse(await readFile(fileOf(home), 'utf8'))
    return v.is(recentSchema, paths) ? paths : []
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return []
    throw error
  }
}

/** Puts a project at the head of the list. */
export async function noteRecent(home: string, path: string): Promise<void> {
  const others = (await readRecent(home)).filter((other) => other !== path)
  await writeFileAtomic(fileOf(home), JSON.stringify([path, ...others].slice(0, most), null, 2))
}
