/** What each command does: at most one run at a time, and the last one kept to be exported. */
import { CallError } from '#shared/result.ts'
import type { RunMessage } from '#shared/run.ts'
import type { TrainerHandlers } from '#shared/trainer.ts'
import { prepareDataset, summarize } from './data/dataset.ts'
import { TableSource } from './data/source.ts'
import { exportTrained } from './export.ts'
import { predict } from './predict.ts'
import { prepareRun } from './run/prepare.ts'
import { Run } from './run/run.ts'
import { copyTensors } from './run/state.ts'
import type { SessionOptions } from './session.ts'

export interface TrainerOptions {
  /** The folder `sample:` tables are in. */
  readonly samples: string
  readonly session: SessionOptions
  readonly tell: (message: RunMessage) => void
}

/** The handlers of the trainer's commands. */
export function createTrainer({ samples, session, tell }: TrainerOptions): TrainerHandlers {
  const tables = new TableSource(samples)
  let run: Run | null = null
  let starting = false

  const going = (): Run => {
    if (!run || run.ended) throw new CallError('busy', 'No run is going; start one first.')
    return run
  }

  return {
    'data.describe': async ({ folder, data, seed, terminals }) => {
      if (data.source === null) throw new CallError('invalid', 'The project has no data; choose a data file.')
      return summarize(prepareDataset(await tables.read(data.source, folder), data, seed, terminals), data.source)
    },

    'run.start': async ({ folder, project, runFolder, resume }) => {
      if (starting || (run && !run.ended)) throw new CallError('busy', 'A run is going already; stop it first.')
      starting = true
      try {
        const prepared = await prepareRun(project, folder, tables)
        run = await Run.start(prepared, { folder: runFolder, resume, session, tell })
        return run.info
      } finally {
        starting = false
      }
    },
    'run.pause': async () => {
      await going().pause()
      return null
    },
    'run.resume': () => {
      going().resume()
      return null
    },
    'run.stop': async () => {
      await going().stop()
      return null
    },
    'run.setLive': ({ name, value }) => {
      going().setLive(name, value)
      return null
    },

    'run.export': async ({ path, opset }) => {
      if (!run) throw new CallError('missing', 'There is no trained model yet; train one, then export it.')
      const { prepared, ended } = run
      const { weights, epoch } = run.kept()
      // A run that goes on writes over its weights while the file is being proved.
      return exportTrained(
        { prepared, epoch, weights: ended ? weights : copyTensors(weights), live: run.live },
        { path, opset },
        session,
      )
    },

    predict: (input) => predict(input, tables, session),
  }
}
