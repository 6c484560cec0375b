/** Tables: handed over, chosen, looked at. */
import { readFile } from 'node:fs/promises'
import { join, parse } from 'node:path'
import type { Handlers } from '#shared/routes.ts'
import { writeFileAtomic } from '#main/files/atomic.ts'
import { exists, freePath } from '#main/files/free.ts'
import { checkReach, folderOf } from './place.ts'
import type { Platform } from './platform.ts'

type DataRoute = 'data.upload' | 'data.choose' | 'data.describe'

const tableExtensions = ['.csv', '.tsv', '.txt']

/** The name of a file that arrived from a page, as one that is safe to have in a folder. */
function tableName(given: string): string {
  const { name, ext } = parse(given.replaceAll('\\', '/'))
  const plain = name
    .replaceAll(/[^\p{L}\p{N} ._()-]+/gu, '-')
    .replace(/^[. ]+/, '')
    .slice(0, 100)
  return `${plain === '' ? 'data' : plain}${tableExtensions.includes(ext.toLowerCase()) ? ext : '.csv'}`
}

export function createDataHandlers(platform: Platform): Pick<Handlers, DataRoute> {
  return {
    'data.upload': async ({ name, text }) => {
      const wanted = join(platform.uploads, tableName(name))
      // The same table again is the same file.
      if ((await exists(wanted)) && (await readFile(wanted, 'utf8')) === text) return { source: wanted }
      const path = await freePath(wanted)
      await writeFileAtomic(path, text)
      return { source: path }
    },

    'data.choose': async () => {
      const source = (await platform.dialogs?.openData()) ?? null
      return source === null ? null : { source }
    },

    'data.describe': async ({ path, ...question }) => {
      const folder = await folderOf(platform, path)
      await checkReach(platform, folder, question.data.source)
      return platform.trainer.call('data.describe', { folder, ...question })
    },
  }
}
