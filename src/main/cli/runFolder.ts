/** Folders of trainings from the command line: checkpoints, marks and metrics, to go on from or to export from again. */
import { createHash } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { homeFolder } from '#main/files/home.ts'
import { slug } from '#main/files/names.ts'

/** Older trainings make room: each holds all weights, the optimizer's state and marks. */
const kept = 20

const trainingsFolder = (): string => join(homeFolder(), 'trainings')

/** Where a training is kept: the same for the same output file, so that it is found again. */
export function runFolderOf(out: string): string {
  const mark = createHash('sha256').update(out).digest('hex').slice(0, 12)
  return join(trainingsFolder(), `${slug(basename(out, '.onnx'))}-${mark}`)
}

/** Removes the trainings that were touched longest ago, so that there are at most twenty with this one. */
export async function makeRoomFor(runFolder: string): Promise<void> {
  const names = await readdir(trainingsFolder()).catch(() => [])
  const others = names.map((name) => join(trainingsFolder(), name)).filter((folder) => folder !== runFolder)
  const dated = await Promise.all(others.map(async (folder) => ({ folder, at: (await stat(folder)).mtimeMs })))
  const oldest = dated.sort((a, b) => a.at - b.at).slice(0, Math.max(0, dated.length - kept + 1))
  await Promise.all(oldest.map(({ folder }) => rm(folder, { recursive: true, force: true })))
}
