/** What each command does: at most one run at a time, and the last one kept to be exported. */
import { CallError } from '#shared/result.ts'
import type { WeightsChoice } from '#shared/routes.ts'
import type { RunInfo, RunMessage } from '#shared/run.ts'
import type { TrainerHandlers } from '#shared/trainer.ts'
import { prepareDataset, summarize } from './data/dataset.ts'
import { TableSource } from './data/source.ts'
import { diagnose, showRows } from './diagnosis/diagnose.ts'
import { filtersOf, hasFilters } from './diagnosis/filters.ts'
import { exportTrained } from './export.ts'
import { predict } from './predict.ts'
import { reportOn } from './report/report.ts'
import { prepareRun } from './run/prepare.ts'
import { Run } from './run/run.ts'
import type { SessionOptions } from './session.ts'
import type { Trained } from './trained.ts'

export interface TrainerOptions {
  /** The folder `sample:` tables are in. */
  readonly samples: string
  readonly session: SessionOptions
  readonly tell: (message: RunMessage) => void
}

/** What a run has trained so far, in memory of its own. */
async function trainedBy(run: Run, choice?: WeightsChoice): Promise<Trained> {
  const { prepared, live } = run
  const { weights, epoch } = await run.taken(choice)
  return { prepared, epoch, weights, live }
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

  const latest = (): Run => {
    if (!run) throw new CallError('missing', 'There is no run yet; train first.')
    return run
  }

  const begin = async (start: () => Promise<Run>): Promise<RunInfo> => {
    if (starting || (run && !run.ended)) throw new CallError('busy', 'A run is going already; stop it first.')
    starting = true
    try {
      run = await start()
      return run.info
    } finally {
      starting = false
    }
  }

  return {
    'data.describe': async ({ folder, data, seed, terminals }) => {
      if (data.source === null) throw new CallError('invalid', 'The project has no data; choose a data file.')
      return summarize(prepareDataset(await tables.read(data.source, folder), data, seed, terminals), data.source)
    },

    'run.start': async ({ folder, project, runFolder, ...from }) =>
      begin(async () =>
        Run.start(await prepareRun(project, folder, tables), { folder: runFolder, session, tell, ...from }),
      ),
    'run.open': async ({ folder, project, runFolder }) => {
      const info = await begin(async () =>
        Run.start(await prepareRun(project, folder, tables), { folder: runFolder, resume: 'still', session, tell }),
      )
      await run?.finished
      return info
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

    'run.rewind': async ({ mark }) => {
      const last = run
      if (!last) throw new CallError('missing', 'There is no run to go back in; train first.')
      if (last.ended) await begin(() => last.again(mark))
      else await last.rewind(mark)
      return null
    },

    'run.export': async ({ weights: choice, ...request }) => {
      if (!run) throw new CallError('missing', 'There is no trained model yet; train one, then export it.')
      return exportTrained(await trainedBy(run, choice), request, session)
    },
    'run.report': async () => run && reportOn(await trainedBy(run), session),
    'run.steps': async (range) => latest().steps(range),
    'run.diagnose': async ({ output }) => run && diagnose(await trainedBy(run), output, session),
    'run.rows': ({ rows }) => showRows(latest().prepared.dataset, rows),
    'run.history': () => run && run.history,
    'run.filters': async () => (run && hasFilters(run.prepared) ? filtersOf(await trainedBy(run)) : null),

    predict: (input) => predict(input, tables, session),
  }
}
