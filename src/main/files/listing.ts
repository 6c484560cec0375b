/** What a folder has to offer: projects, data and models by name. */
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { projectExtension } from './project.ts'

export type FileKind = 'project' | 'data' | 'model'

const kinds: Readonly<Record<string, FileKind>> = {
  [projectExtension]: 'project',
  '.csv': 'data',
  '.keras': 'model',
  '.onnx': 'model',
}

/** A folder is a place to work in, not a disk to search. */
const deepest = 3
const most = 1000

/** Absolute paths with their kinds, by name; hidden folders, packages and links are left out. */
export async function listFiles(folder: string): Promise<{ path: string; kind: FileKind }[]> {
  const found: { path: string; kind: FileKind }[] = []
  const visit = async (place: string, depth: number): Promise<void> => {
    const entries = (await readdir(place, { withFileTypes: true })).sort((a, b) => a.name.localeCompare(b.name))
    for (const entry of entries) {
      if (found.length >= most) return
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const path = join(place, entry.name)
      const kind = kinds[extname(entry.name).toLowerCase()]
      if (entry.isFile() && kind) found.push({ path, kind })
      else if (entry.isDirectory() && depth < deepest) await visit(path, depth + 1)
    }
  }
  await visit(folder, 1)
  return found
}
