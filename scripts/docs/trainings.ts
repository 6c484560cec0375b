/** Trains projects one after the other in a trainer's process, and asks what came of each. */
import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import { permutation } from '#engine/random.ts'
import { createTrainerClient, type TrainerClient } from '#main/trainer/client.ts'
import type { EpochMessage, RunMessage } from '#shared/run.ts'
import type { TrainerProcess } from '#shared/trainer.ts'
import { rows } from './networks.ts'

type Ended = Extract<RunMessage, { type: 'ended' }>

export interface Training {
  readonly epochs: readonly EpochMessage[]
  readonly ended: Ended
}

export interface Trainings {
  /** Trains a project on the digits of a seed; throws the trainer's sentence when it can't. */
  train(project: Project, seed: number): Promise<Training>
  /** The fraction of the test rows that the network trained last puts in the right class. */
  testAccuracy(seed: number): Promise<number>
  /** The file that the network trained last is exported to. */
  exportModel(): Promise<string>
  close(): void
}

/** What an error says. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Starts a trainer over digits.csv of `data`; `script` is the built trainer.ts of this folder. */
export function startTrainings(script: string, data: string): Trainings {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-docs-'))
  const client = createTrainerClient(() => startProcess(script, data))
  const [header = '', ...lines] = readFileSync(join(data, 'digits.csv'), 'utf8').trim().split(/\r?\n/)
  const shares = new Map<number, Share>()

  /** Writes the tables of a seed: rows to train and validate on, and all others to test on. */
  const shareOf = (seed: number): Share => {
    const known = shares.get(seed)
    if (known) return known
    const order = [...permutation(lines.length, seed, 'documentation')].map((row) => lines[row] ?? '')
    const cut = rows.train + rows.validation
    const share = {
      known: `digits${seed}.csv`,
      test: join(folder, `test${seed}.csv`),
      truth: order.slice(cut).map(lastCell),
    }
    writeFileSync(join(folder, share.known), [header, ...order.slice(0, cut)].join('\n'))
    writeFileSync(share.test, [header, ...order.slice(cut)].join('\n'))
    shares.set(seed, share)
    return share
  }

  const exportModel = async (): Promise<string> => {
    const path = join(folder, 'model.onnx')
    await client.call('run.export', { path, opset: 15 })
    return path
  }

  return {
    async train(project, seed) {
      const runFolder = join(folder, 'run')
      rmSync(runFolder, { recursive: true, force: true })
      mkdirSync(runFolder)
      const source = shareOf(seed).known
      const seeded = { ...project, data: { ...project.data, source }, training: { ...project.training, seed } }
      return follow(client, { folder, project: seeded, runFolder, resume: false })
    },
    exportModel,
    async testAccuracy(seed) {
      const { test, truth } = shareOf(seed)
      const { csv } = await client.call('predict', { model: await exportModel(), data: test, out: null })
      const [head = '', ...predicted] = (csv ?? '').trim().split(/\r?\n/)
      const column = head.split(',').indexOf('label')
      const right = predicted.filter((line, row) => line.split(',')[column] === truth[row])
      return right.length / truth.length
    },
    close() {
      client.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Share {
  readonly known: string
  readonly test: string
  /** The class of each test row. */
  readonly truth: readonly string[]
}

const lastCell = (line: string): string => line.slice(line.lastIndexOf(',') + 1)

/** Starts a run and waits until it has ended. */
async function follow(client: TrainerClient, start: Parameters<typeof client.call<'run.start'>>[1]): Promise<Training> {
  const epochs: EpochMessage[] = []
  let stop: () => void = () => undefined
  const ended = new Promise<Ended>((resolve, reject) => {
    stop = client.onRun((message) => {
      if (message.type === 'epoch') epochs.push(message)
      if (message.type === 'ended') resolve(message)
      if (message.type === 'failed') reject(new Error(message.error.message))
    })
  })
  try {
    // A run that fails to start says so in the reply to the call.
    ended.catch(() => undefined)
    await client.call('run.start', start)
    return { epochs, ended: await ended }
  } finally {
    stop()
  }
}

function startProcess(script: string, data: string): TrainerProcess {
  const child = fork(script, [data], { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return {
    post(message) {
      if (typeof message === 'object' && message !== null) child.send(message, () => undefined)
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill('SIGKILL'),
  }
}
