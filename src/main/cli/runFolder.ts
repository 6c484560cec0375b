import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { homeFolder } from '#main/files/home.ts'
import { slug } from '#main/files/names.ts'

/**
 * Where the checkpoints of a training from the command line are until its model is written: the same for the same
 * output file, so that an interrupted one is found again.
 */
export function runFolderOf(out: string): string {
  const mark = createHash('sha256').update(out).digest('hex').slice(0, 12)
  return join(homeFolder(), 'trainings', `${slug(basename(out, '.onnx'))}-${mark}`)
}
