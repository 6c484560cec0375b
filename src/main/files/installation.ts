/** Where Espalier itself is: its built parts and what ships with it. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder that holds package.json, from wherever this code was built into. */
function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error(`No package.json above ${import.meta.dirname}: this installation is broken.`)
  return findRoot(parent)
}

const root = findRoot(import.meta.dirname)

export const installation = {
  /** index.html and its scripts. */
  renderer: join(root, 'out', 'renderer'),
  preload: join(root, 'out', 'preload', 'preload.cjs'),
  /** The program of the trainer's process. */
  trainer: join(root, 'out', 'main', 'trainer.js'),
  /** The sample projects and their tables are in it. */
  resources: join(root, 'resources'),
  icon: join(root, 'resources', 'icons', 'espalier-256.png'),
  /** The tables of the samples. */
  data: join(root, 'resources', 'data'),
} as const
