/** Files that are there whole or not at all. */
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a rename last through a power cut, where the system can. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The name a file has until it is whole: beside the final one, and of this process alone. */
function temporaryPath(path: string): string {
  return `${path}.${process.pid}.tmp`
}

/** Writes the parts one after the other into `temporaryPath(path)` and makes them durable; leaves nothing behind on failure. */
export async function writeTemporary(path: string, parts: readonly Uint8Array[]): Promise<string> {
  const temporary = temporaryPath(path)
  try {
    const file = await open(temporary, 'w')
    try {
      for (const part of parts) await file.writeFile(part)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return temporary
}

/** Gives a finished temporary file its final name. */
export async function moveIntoPlace(temporary: string, path: string): Promise<void> {
  await rename(temporary, path)
  await syncFolder(path)
}

/** Replaces a file's content: readers see the old one or the new one, whatever happens in between. */
export async function writeAtomic(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = await writeTemporary(path, parts)
  try {
    await moveIntoPlace(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
