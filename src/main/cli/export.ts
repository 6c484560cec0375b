/** `espalier export`: a project in; a script out that reproduces it without Espalier, or the model that was trained of it. */
import { existsSync } from 'node:fs'
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
import type { WeightsChoice } from '#shared/routes.ts'
import { outputPath } from './outputs.ts'
import { override } from './overrides.ts'
import { openNamedProject } from './project.ts'
import { describeExport, plural } from './report/text.ts'
import { runFolderOf } from './runFolder.ts'

/** What a project can be exported as. */
export const exportFormats = ['keras', 'pytorch', 'onnx'] as const

export interface ExportOptions {
  readonly format: (typeof exportFormats)[number]
  readonly out: string
  readonly set: readonly string[]
  readonly opset: number
  readonly weights?: WeightsChoice
  /** Leave out units that the network does not use. */
  readonly shrink: boolean
}

/** Writes the script, or the model of a training that is kept, and says so; throws CallErrors and IssueErrors. */
export async function exportProject(name: string, options: ExportOptions): Promise<number> {
  const { format, out: given, set } = options
  if (format === 'onnx') return exportTrained(name, options)
  if (options.weights)
    throw new CallError('invalid', `--weights ${options.weights}: a script is trained by running it; leave it out.`)
  if (options.shrink)
    throw new CallError('invalid', '--shrink is for models: a script writes the network as it is drawn; leave it out.')
  const out = await outputPath(given, '.py')
  const { project: saved, folder } = await openNamedProject(name)
  const project = override(saved, set)
  const script = await writeScript(project, format, folder, dirname(out))
  await writeFileAtomic(out, script)
  process.stdout.write(`${relative('', out)}: ${plural(script.split('\n').length - 1, 'line')} of Python.\n`)
  return 0
}

/** Exports once more what `espalier train` has trained for this file. */
async function exportTrained(
  name: string,
  { out: given, set, opset, weights, shrink }: ExportOptions,
): Promise<number> {
  const out = await outputPath(given, '.onnx')
  const { project, folder } = await openNamedProject(name)
  const runFolder = runFolderOf(out)
  if (!existsSync(runFolder)) {
    const command = `espalier train ${name} --out ${given}`
    throw new CallError('missing', `No training of ${given} is kept; ${command} trains and exports it.`)
  }
  const trainer = createTrainerClient(startTrainerProcess)
  try {
    await trainer.call('run.open', { folder, project: override(project, set), runFolder })
    const exported = await trainer.call('run.export', { path: out, opset, shrink, ...(weights ? { weights } : {}) })
    process.stdout.write(`${describeExport(exported)}\n`)
    return 0
  } finally {
    trainer.close()
  }
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
