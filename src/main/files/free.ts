/** Names that are not taken yet. */
import { stat } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { isMissing } from './missing.ts'

/** Whether there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** The path itself, or the first of `name-2`, `name-3` ... where there is nothing yet. */
export async function freePath(path: string): Promise<string> {
  const { name, ext } = parse(path)
  let free = path
  for (let number = 2; await exists(free); number += 1) free = join(dirname(path), `${name}-${number}${ext}`)
  return free
}
