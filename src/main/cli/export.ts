/** `espalier export`: a project in, a script out that reproduces it without Espalier. */
import { basename, dirname, join, relative, resolve } from 'node:path'
import { terminalsOf } from '#engine/project/blocks.ts'
import type { Project } from '#engine/project/project.ts'
import { scriptOf, type ScriptFormat } from '#engine/scripts/script.ts'
import type { ScriptData } from '#engine/scripts/scriptData.ts'
import { writeFileAtomic } from '#main/files/atomic.ts'
import { installation } from '#main/files/installation.ts'
import { startTrainerProcess } from '#main/host/trainerProcess.ts'
import { createTrainerClient } from '#main/trainer/client.ts'
import { CallError } from '#shared/result.ts'
import { outputPath } from './outputs.ts'
import { openNamedProject } from './project.ts'
import { plural } from './report/text.ts'

/** What a project can be exported as without training it. */
export const exportFormats = ['keras', 'pytorch', 'onnx'] as const

export interface ExportOptions {
  readonly format: (typeof exportFormats)[number]
  readonly out: string
}

/** Writes the script and says so; throws CallErrors and IssueErrors. */
export async function exportProject(name: string, { format, out: given }: ExportOptions): Promise<number> {
  if (format === 'onnx') {
    const command = `espalier train ${name} --out model.onnx`
    throw new CallError('invalid', `An ONNX model is made of trained weights: ${command} trains and exports it.`)
  }
  const out = await outputPath(given, '.py')
  const { project, folder } = await openNamedProject(name)
  const script = await writeScript(project, format, folder, dirname(out))
  await writeFileAtomic(out, script)
  process.stdout.write(`${relative('', out)}: ${plural(script.split('\n').length - 1, 'line')} of Python.\n`)
  return 0
}

/** The script, which finds the table from the folder it lies in. */
async function writeScript(project: Project, format: ScriptFormat, folder: string, place: string): Promise<string> {
  const { source } = project.data
  if (source === null) return scriptOf(project, format, null)
  const trainer = createTrainerClient(startTrainerProcess)
  try {
    const { columns, shape } = await trainer.call('data.describe', {
      folder,
      data: project.data,
      seed: project.training.seed,
      terminals: terminalsOf(project.graph),
    })
    const data: ScriptData = { source: tablePath(source, folder, place), columns, shape }
    return scriptOf(project, format, data)
  } finally {
    trainer.close()
  }
}

const samplePrefix = 'sample:'

/** A table as a script in `place` opens it: samples where they are installed, others from there. */
function tablePath(source: string, folder: string, place: string): string {
  if (source.startsWith(samplePrefix)) return join(installation.data, basename(source.slice(samplePrefix.length)))
  return relative(place, resolve(folder, source)).replaceAll('\\', '/')
}
