/** Files within reach, for shells without dialogs. */
import { readFile } from 'node:fs/promises'
import { CallError } from '#shared/result.ts'
import type { Handlers } from '#shared/routes.ts'
import { listFiles } from '#main/files/listing.ts'
import type { Platform } from './platform.ts'

type FileRoute = 'files.list' | 'files.read'

/** `exported` holds the models of this session: the only files whose bytes are handed out. */
export function createFileHandlers(platform: Platform, exported: ReadonlySet<string>): Pick<Handlers, FileRoute> {
  const { dialogs, folder, reach } = platform
  return {
    'files.list': async () => {
      if (dialogs) return []
      return (await listFiles(folder)).map(({ path, kind }) => ({ path: reach.show(path), kind }))
    },
    'files.read': async ({ path }) => {
      const place = await reach.resolve(path)
      if (!exported.has(place)) throw new CallError('missing', `${path} was not exported in this session.`)
      return { base64: (await readFile(place)).toString('base64') }
    },
  }
}
