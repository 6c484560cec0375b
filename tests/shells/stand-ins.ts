import { vi } from 'vitest'
import type { Dialogs, Platform } from '#main/handlers/platform.ts'
import { reachEverywhere, reachWithin } from '#main/files/reach.ts'
import { installation } from '#main/files/installation.ts'
import type { AppEvent, Exported } from '#shared/routes.ts'
import type { RunInfo, RunMessage } from '#shared/run.ts'
import type { TrainerCommand, TrainerHandlers, TrainerInput, TrainerOutput } from '#shared/trainer.ts'
import { temporaryFolder } from './folders.ts'

const runInfo: RunInfo = {
  id: 'run',
  epochs: 2,
  stepsPerEpoch: 8,
  rows: { train: 120, validation: 30 },
  parameters: 15,
  penalties: [],
  metrics: [],
  live: [],
  startEpoch: 0,
}

/** What the trainer says of a model that it wrote and proved. */
export const exported = (path: string, opset: number): Exported => ({
  path,
  bytes: 10,
  opset,
  note: null,
  parity: {
    passed: true,
    rows: 30,
    maxAbsolute: 0,
    maxRelative: 0,
    labelAgreement: 1,
    tolerance: { absolute: 1e-5, relative: 1e-4 },
  },
  zeros: 0,
  parameters: 15,
  shrinkage: null,
})

/** A trainer that answers what it is told to, notes what it was asked, and says what a test makes it say. */
function createStandInTrainer() {
  const answers = {
    'data.describe': vi.fn<TrainerHandlers['data.describe']>(({ data }) => ({
      source: data.source ?? '',
      rows: 150,
      columns: [],
      task: 'classes',
      classes: [],
      features: 4,
      shape: { features: 4, classes: 0, targets: 1 },
      split: { train: 120, validation: 30 },
      preview: [],
      issues: [],
    })),
    'run.start': vi.fn<TrainerHandlers['run.start']>(() => runInfo),
    'run.open': vi.fn<TrainerHandlers['run.open']>(() => runInfo),
    'run.pause': vi.fn<TrainerHandlers['run.pause']>(() => null),
    'run.resume': vi.fn<TrainerHandlers['run.resume']>(() => null),
    'run.stop': vi.fn<TrainerHandlers['run.stop']>(() => null),
    'run.setLive': vi.fn<TrainerHandlers['run.setLive']>(() => null),
    'run.rewind': vi.fn<TrainerHandlers['run.rewind']>(() => null),
    'run.export': vi.fn<TrainerHandlers['run.export']>(({ path, opset }) => exported(path, opset)),
    'run.report': vi.fn<TrainerHandlers['run.report']>(() => null),
    'run.steps': vi.fn<TrainerHandlers['run.steps']>(({ from }) => ({
      ...{ from, to: from, stride: 1 },
      ...{ means: {}, least: [], greatest: [] },
    })),
    'run.diagnose': vi.fn<TrainerHandlers['run.diagnose']>(() => null),
    'run.rows': vi.fn<TrainerHandlers['run.rows']>(() => ({ columns: [], rows: [] })),
    'run.history': vi.fn<TrainerHandlers['run.history']>(() => null),
    'run.filters': vi.fn<TrainerHandlers['run.filters']>(() => null),
    predict: vi.fn<TrainerHandlers['predict']>(() => ({ rows: 0, columns: [], csv: null })),
  } satisfies TrainerHandlers
  const handlers: TrainerHandlers = answers
  const listeners = new Set<(message: RunMessage) => void>()
  return {
    answers,
    say: (message: RunMessage) => listeners.forEach((listener) => listener(message)),
    client: {
      call: async <C extends TrainerCommand>(command: C, input: TrainerInput<C>): Promise<TrainerOutput<C>> =>
        handlers[command](input),
      onRun: (listener: (message: RunMessage) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      close: vi.fn(),
    },
  }
}

/** A shell without a screen: a folder of its own, a stand-in trainer, and dialogs that answer what they are told to. */
export async function createStandInShell({ withDialogs = false } = {}) {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()]
  const trainer = createStandInTrainer()
  const events: AppEvent[] = []
  const dialogs = {
    openProject: vi.fn<Dialogs['openProject']>(() => Promise.resolve(null)),
    saveProject: vi.fn<Dialogs['saveProject']>(() => Promise.resolve(null)),
    openData: vi.fn<Dialogs['openData']>(() => Promise.resolve(null)),
    saveModel: vi.fn<Dialogs['saveModel']>(() => Promise.resolve(null)),
  }
  const platform: Platform = {
    shell: withDialogs ? 'electron' : 'browser',
    home,
    resources: installation.resources,
    folder,
    uploads: folder,
    reach: withDialogs ? reachEverywhere(folder) : await reachWithin(folder),
    dialogs: withDialogs ? dialogs : null,
    trainer: trainer.client,
    send: (event) => void events.push(event),
  }
  return { platform, folder, home, trainer, dialogs, events }
}
