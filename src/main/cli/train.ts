/** `espalier train`: a project in, a proved ONNX model out. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { CallError } from '#shared/result.ts'
import type { RunMessage } from '#shared/run.ts'
import { startTrainerProcess } from '#main/host/trainerProcess.ts'
import { createTrainerClient, type TrainerClient } from '#main/trainer/client.ts'
import { warn } from './failure.ts'
import { interruptedCode, onInterrupt } from './interrupt.ts'
import { outputPath } from './outputs.ts'
import { override } from './overrides.ts'
import { openNamedProject } from './project.ts'
import { createBarReporter } from './report/bar.ts'
import { createJsonReporter } from './report/json.ts'
import { createPlainReporter } from './report/plain.ts'
import type { Reporter } from './report/reporter.ts'
import { runFolderOf } from './runFolder.ts'

export interface TrainOptions {
  readonly out: string
  readonly json: boolean
  readonly resume: boolean
  readonly opset: number
  readonly epochs?: number
  readonly seed?: number
  readonly set: readonly string[]
}

type Ended = Extract<RunMessage, { type: 'ended' }>

/** Trains, exports and gives the exit code; throws CallErrors and IssueErrors. */
export async function train(name: string, options: TrainOptions): Promise<number> {
  const out = await outputPath(options.out, '.onnx')
  const { project, folder } = await openNamedProject(name)
  const changes = [
    ...(options.epochs === undefined ? [] : [`training/epochs=${options.epochs}`]),
    ...(options.seed === undefined ? [] : [`training/seed=${options.seed}`]),
    ...options.set,
  ]
  const chosen = override(project, changes)
  const runFolder = runFolderOf(out)
  if (options.resume && !existsSync(runFolder))
    warn(`No interrupted training of ${options.out} is there; a new one begins.`)

  const trainer = createTrainerClient(startTrainerProcess)
  const reporter = createReporter(options.json)
  try {
    const ended = await run(trainer, reporter, { folder, project: chosen, runFolder, resume: options.resume })
    if (ended === null || ended.reason === 'stopped') {
      reporter.close()
      warn(`Interrupted; the same command with --resume goes on where it stopped.`)
      return interruptedCode
    }
    if (ended.reason === 'diverged') {
      await rm(runFolder, { recursive: true, force: true })
      throw new CallError('invalid', ended.note ?? 'The training diverged.')
    }
    reporter.exported(await exportModel(trainer, out, options.opset))
    await rm(runFolder, { recursive: true, force: true })
    return 0
  } finally {
    reporter.close()
    trainer.close()
  }
}

function createReporter(json: boolean): Reporter {
  if (json) return createJsonReporter()
  return process.stdout.isTTY ? createBarReporter(process.stdout) : createPlainReporter()
}

/** Runs until the end; null when it was interrupted before it began. */
async function run(
  trainer: TrainerClient,
  reporter: Reporter,
  start: Parameters<typeof trainer.call<'run.start'>>[1],
): Promise<Ended | null> {
  let stop: () => void = () => undefined
  const ended = new Promise<Ended>((resolve, reject) => {
    trainer.onRun((message) => {
      reporter.message(message)
      if (message.type === 'ended') resolve(message)
      if (message.type === 'failed') {
        const { code, message: sentence, issues } = message.error
        reject(new CallError(code, sentence, issues))
      }
    })
  })
  const interrupted = new Promise<null>((resolve) => {
    stop = () => resolve(null)
  })
  const quiet = onInterrupt(
    () => stop(),
    () => trainer.close(),
  )
  try {
    const started = await Promise.race([trainer.call('run.start', start), interrupted])
    if (started === null) return null
    stop = () => {
      reporter.close()
      warn('Finishing the slice and writing the checkpoint; Ctrl-C again ends at once.')
      // When the run ends by itself in the same moment there is nothing left to stop.
      trainer.call('run.stop', null).catch(() => undefined)
    }
    return await ended
  } finally {
    quiet()
  }
}

/** An interruption while the file is being proved ends at once: nothing is under the final name before that. */
async function exportModel(trainer: TrainerClient, path: string, opset: number) {
  const abandon = (): void => {
    trainer.close()
    process.exit(interruptedCode)
  }
  const quiet = onInterrupt(abandon, abandon)
  try {
    return await trainer.call('run.export', { path, opset })
  } finally {
    quiet()
  }
}
