/** Which files may be touched on behalf of the person at the screen. */
import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { CallError } from '#shared/result.ts'
import { isMissing } from './missing.ts'

/** The real place of a path whose last parts need not exist yet, with every link on the way followed. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (!isMissing(error) || parent === path) throw error
    const place = join(await realPlace(parent), basename(path))
    // A link whose target is not there yet: writing to it would make the target.
    const target = await readlink(place).catch(() => null)
    return target === null ? place : realPlace(resolve(dirname(place), target))
  }
}

/** Whether a path is a folder or lies in it, by their names alone. */
export const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

export interface Reach {
  /** Absolute place of a path; relative ones are relative to `base`. Throws a CallError when it is out of reach. */
  resolve(path: string, base?: string): Promise<string>
  /** A path as it is shown and handed out: within a folder, relative to it with forward slashes. */
  show(path: string): string
}

/** Everything within one folder, and nothing that a link in it leads to outside. */
export async function reachWithin(folder: string): Promise<Reach> {
  const root = await realpath(folder)
  return {
    async resolve(path, base = root) {
      if (path.includes('\0')) throw new CallError('invalid', 'A path cannot hold a NUL character.')
      const place = await realPlace(resolve(base, path))
      if (isWithin(root, place)) return place
      throw new CallError('invalid', `${path} is outside ${root}; Espalier was started in that folder and stays there.`)
    },
    show: (path) => (isWithin(root, path) ? relative(root, path).split(sep).join('/') : path),
  }
}

/** Every file the person may open anyway: a desktop app, where dialogs choose. Relative paths are relative to `folder`. */
export function reachEverywhere(folder: string): Reach {
  return {
    resolve: (path, base = folder) => Promise.resolve(resolve(base, path)),
    show: (path) => path,
  }
}
