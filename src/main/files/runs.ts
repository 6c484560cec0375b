/** Folders of training runs: checkpoints and metrics of one run each. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePath } from './free.ts'
import { slug } from './names.ts'

/** Older runs make room: a checkpoint holds all weights and the optimizer's state. */
const kept = 20

/** A new, empty folder for a run, named after its time (UTC) and its project; the oldest beyond twenty are removed. */
export async function createRunFolder(home: string, projectName: string): Promise<string> {
  const runs = join(home, 'runs')
  await mkdir(runs, { recursive: true })
  const earlier = (await readdir(runs)).sort()
  await Promise.all(
    earlier.slice(0, Math.max(0, earlier.length - kept + 1)).map((name) => rm(join(runs, name), { recursive: true })),
  )
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-')
  const folder = await freePath(join(runs, `${time}-${slug(projectName)}`))
  await mkdir(folder)
  return folder
}
