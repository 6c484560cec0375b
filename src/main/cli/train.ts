/** `espalier train`: a project in, a proved ONNX model out. */
import { existsSync } from 'node:fs'
import { CallError } from '#shared/result.ts'
import type { WeightsChoice } from '#shared/routes.ts'
import type { RunInfo, RunMessage } from '#shared/run.ts'
import { startTrainerProcess } from '#main/host/trainerProcess.ts'
import { createTrainerClient, type TrainerClient } from '#main/trainer/client.ts'
import { warn } from './failure.ts'
import { interruptedCode, onInterrupt } from './interrupt.ts'
import { outputPath } from './outputs.ts'
import { override } from './overrides.ts'
import { openNamedProject } from './project.ts'
import { keepReport } from './reports.ts'
import { createBarReporter } from './report/bar.ts'
import { createJsonReporter } from './report/json.ts'
import { createPlainReporter } from './report/plain.ts'
import type { Reporter } from './report/reporter.ts'
import { makeRoomFor, runFolderOf } from './runFolder.ts'
import { withSchedules } from './schedules.ts'

export interface TrainOptions {
  readonly out: string
  readonly json: boolean
  readonly resume: boolean
  readonly opset: number
  /** Go on from before this mark of the training that is kept for the output file. */
  readonly rewind?: number
  readonly weights?: WeightsChoice
  /** Leave out units that the network does not use. */
  readonly shrink: boolean
  readonly epochs?: number
  readonly seed?: number
  readonly set: readonly string[]
  readonly schedule: readonly string[]
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
  const chosen = withSchedules(override(project, changes), options.schedule)
  const runFolder = runFolderOf(out)
  if (options.resume && !existsSync(runFolder))
    warn(`No interrupted training of ${options.out} is there; a new one begins.`)
  await makeRoomFor(runFolder)

  const trainer = createTrainerClient(startTrainerProcess)
  const reporter = createReporter(options.json)
  try {
    const ended = await run(trainer, reporter, {
      folder,
      project: chosen,
      runFolder,
      resume: options.resume,
      ...(options.rewind === undefined ? {} : { rewind: options.rewind }),
    })
    if (ended === null || ended.reason === 'stopped') {
      reporter.close()
      warn(`Interrupted; the same command with --resume goes on where it stopped.`)
      return interruptedCode
    }
    if (ended.reason === 'diverged') throw new CallError('invalid', ended.note ?? 'The training diverged.')
    const exported = await exportModel(trainer, out, options)
    const report = await trainer.call('run.report', null)
    if (report) {
      await keepReport(runFolder, report)
      reporter.reported(report)
    }
    reporter.exported(exported)
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
      if (message.type === 'started') warnOf(message.run, reporter)
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

/** Says what is worth knowing about a run that begins. */
function warnOf({ warnings = [] }: RunInfo, reporter: Reporter): void {
  if (warnings.length > 0) reporter.close()
  for (const { message } of warnings) warn(`Warning: ${message}`)
}

/** An interruption while the file is being proved ends at once: nothing is under the final name before that. */
async function exportModel(trainer: TrainerClient, path: string, { opset, weights, shrink }: TrainOptions) {
  const abandon = (): void => {
    trainer.close()
    process.exit(interruptedCode)
  }
  const quiet = onInterrupt(abandon, abandon)
  try {
    return await trainer.call('run.export', { path, opset, shrink, ...(weights ? { weights } : {}) })
  } finally {
    quiet()
  }
}
