/** Files that are there whole or not at all, whatever happens while they are written. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

type Content = string | Uint8Array

/** Writes the parts one after the other beside `path`, under a name of their own, and makes them durable. */
export async function writeTemporary(path: string, parts: readonly Content[]): Promise<string> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  return orRemove(temporary, async () => {
    const file = await open(temporary, 'wx')
    try {
      for (const part of parts) await file.writeFile(part)
      await file.sync()
    } finally {
      await file.close()
    }
    return temporary
  })
}

/** Gives a finished temporary file its final name; a file that had it is replaced in one step. */
export async function moveIntoPlace(temporary: string, path: string): Promise<void> {
  await orRemove(temporary, () => rename(temporary, path))
  await flushFolder(dirname(path))
}

/** Replaces a file's content: readers see the old one or the new one. When anything fails nothing is left behind. */
export async function writeFileAtomic(path: string, ...parts: readonly Content[]): Promise<void> {
  await moveIntoPlace(await writeTemporary(path, parts), path)
}

async function orRemove<T>(temporary: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Makes the renaming itself survive a power cut, where the system lets a folder be flushed. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
