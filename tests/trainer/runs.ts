/** Runs in this process, for suites that look at what training computes. */
import type { Project } from '#engine/project/project.ts'
import type { RunMessage } from '#shared/run.ts'
import { TableSource } from '#main/trainer/data/source.ts'
import { prepareRun, type Prepared } from '#main/trainer/run/prepare.ts'
import type { RunOptions } from '#main/trainer/run/opening.ts'
import { Run } from '#main/trainer/run/run.ts'
import type { Tensors } from '#main/trainer/run/state.ts'
import { samples, temporaryFolder } from './projects.ts'

/** One thread that does not spin: suites share the machine. */
export const quiet = { threads: 1 }

const tables = new TableSource(samples)

export const prepare = (project: Project): Promise<Prepared> => prepareRun(project, samples, tables)

export type Message<T extends RunMessage['type']> = Extract<RunMessage, { type: T }>

export interface Observed {
  readonly run: Run
  readonly messages: readonly RunMessage[]
  /** All messages of one type so far. */
  all<T extends RunMessage['type']>(type: T): Message<T>[]
}

const isOf =
  <T extends RunMessage['type']>(type: T) =>
  (message: RunMessage): message is Message<T> =>
    message.type === type

/** Starts a run and listens to it; `react` is called with every message. */
export async function startRun(
  project: Project,
  options: Partial<RunOptions> & { readonly react?: (message: RunMessage, run: () => Run) => void } = {},
): Promise<Observed> {
  const messages: RunMessage[] = []
  const { react, ...rest } = options
  let run: Run | null = null
  const current = (): Run => {
    if (!run) throw new Error('the run spoke before it was there')
    return run
  }
  run = await Run.start(await prepare(project), {
    folder: options.folder ?? (await temporaryFolder()),
    resume: false,
    session: quiet,
    ...rest,
    tell: (message) => {
      messages.push(message)
      react?.(message, current)
    },
  })
  return { run, messages, all: (type) => messages.filter(isOf(type)) }
}

/** Runs a project to its end. */
export async function finishRun(project: Project, options: Parameters<typeof startRun>[1] = {}): Promise<Observed> {
  const observed = await startRun(project, options)
  await observed.run.finished
  const [failed] = observed.all('failed')
  if (failed) throw new Error(failed.error.message)
  return observed
}

/** Stops a run of single steps after so many of them, then goes on to its end. */
export async function interrupted(project: Project, after: number): Promise<Observed> {
  const folder = await temporaryFolder()
  let stop: () => void = () => undefined
  let steps = 0
  const { run } = await startRun(project, {
    folder,
    sliceLength: () => {
      if (++steps === after) stop()
      return 1
    },
  })
  stop = () => void run.stop()
  await run.finished
  return finishRun(project, { folder, resume: true })
}

/** Weights as their bits, to be compared to the last one. */
export function bits(weights: Tensors): Record<string, number[]> {
  return Object.fromEntries(
    [...weights].map(([name, { data }]) => [name, Array.from(new Uint32Array(data.slice().buffer))]),
  )
}

/** What an epoch message says apart from how long it took. */
export function numbersOf(observed: Observed): unknown[] {
  return observed.all('epoch').map(({ seconds: _, ...numbers }) => numbers)
}
