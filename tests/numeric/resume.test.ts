import { fork } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Project } from '#engine/project/project.ts'
import type { RunMessage } from '#shared/run.ts'
import type { TrainerProcess } from '#shared/trainer.ts'
import { createTrainerClient } from '#main/trainer/client.ts'
import { readCheckpoint } from '#main/trainer/checkpoint.ts'
import { fingerprintOf } from '#main/trainer/run/prepare.ts'
import { cancerProject, samples, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, numbersOf, prepare, startRun } from '../trainer/runs.ts'

const momentum = setting('sgd', { learningRate: 0.05, momentum: 0.9, nesterov: true })
// Nothing improves by 10: the first epoch stays the best, and its weights have to outlast the interruptions.
const stopping = setting('earlyStopping', { patience: 3, minDelta: 10 })
const projects = {
  'Adam, L1 and Dropout': cancerProject({ training: { epochs: 6 } }),
  'momentum and early stopping': cancerProject({
    training: { epochs: 12, optimizer: momentum, regularizers: [stopping] },
  }),
}

/** A folder's checkpoint, for what a run leaves behind beside its weights. */
async function left(project: Project, folder: string) {
  const checkpoint = await readCheckpoint(folder, fingerprintOf(await prepare(project)))
  if (!checkpoint) throw new Error('the run left no checkpoint')
  const { seconds: _, epochSeconds: __, ...progress } = checkpoint.progress
  return {
    progress,
    weights: bits(checkpoint.weights),
    slots: bits(checkpoint.slots),
    best: [...checkpoint.best].map(([rule, { epoch, weights }]) => ({ rule, epoch, weights: bits(weights) })),
  }
}

/** Starts a run of single steps that is stopped after so many of them, or at the end of its first epoch. */
async function interrupt(project: Project, folder: string, after: number | 'an epoch'): Promise<void> {
  let stop: () => void = () => undefined
  let steps = 0
  const { run } = await startRun(project, {
    folder,
    resume: true,
    sliceLength: () => {
      if (++steps === after) stop()
      return 1
    },
    react: ({ type }) => {
      if (type === 'epoch' && after === 'an epoch') stop()
    },
  })
  stop = () => void run.stop()
  await run.finished
}

// 455 rows in batches of 32: fourteen full steps an epoch and a short one.
describe.each(Object.entries(projects))('a run that was interrupted and resumed (%s)', (_, project) => {
  test.each([
    ['in the middle of the first epoch', [5]],
    ['before the short last batch of an epoch', [14]],
    ['at the end of an epoch', ['an epoch']],
    ['three times', [5, 12, 'an epoch']],
  ] as const)('%s equals one that was not, to the last bit', async (_, interruptions) => {
    const whole = await temporaryFolder()
    const undisturbed = await finishRun(project, { folder: whole })

    const folder = await temporaryFolder()
    for (const after of interruptions) await interrupt(project, folder, after)
    const resumed = await startRun(project, { folder, resume: true })
    await resumed.run.finished

    expect(bits(resumed.run.kept().weights)).toEqual(bits(undisturbed.run.kept().weights))
    expect(resumed.run.kept().epoch).toBe(undisturbed.run.kept().epoch)
    expect(resumed.run.info.startEpoch).toBeLessThan(resumed.run.info.epochs)
    expect(await left(project, folder)).toEqual(await left(project, whole))
    const [ended, expected] = [resumed.all('ended')[0], undisturbed.all('ended')[0]]
    expect(ended?.reason).toBe(expected?.reason)
    // The log holds every epoch once, as if nothing had happened.
    const log = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n')
    expect(log.map((line) => ({ ...JSON.parse(line), seconds: 0 }))).toEqual(
      numbersOf(undisturbed).map((numbers) => ({ ...Object(numbers), seconds: 0 })),
    )
  })
})

test('a live setting that was changed is still changed after resuming', async () => {
  const name = 'dense1/kernel/l1.strength'
  const project = cancerProject({ training: { epochs: 6 } })
  const change =
    (epoch: number) => (message: RunMessage, run: () => { setLive(name: string, value: number): void }) => {
      if (message.type === 'epoch' && message.epoch === epoch) run().setLive(name, 0.1)
    }
  const undisturbed = await finishRun(project, { react: change(2) })
  const folder = await temporaryFolder()
  const first = await startRun(project, {
    folder,
    react: (message, run) => {
      change(2)(message, run)
      if (message.type === 'epoch' && message.epoch === 3) void run().stop()
    },
  })
  await first.run.finished
  const second = await finishRun(project, { folder, resume: true })
  expect(second.run.info.startEpoch).toBe(3)
  expect(second.run.info.live).toContainEqual({ name, value: 0.1 })
  expect(bits(second.run.kept().weights)).toEqual(bits(undisturbed.run.kept().weights))
})

test('a finished run goes on where it ended when it gets more epochs', async () => {
  const folder = await temporaryFolder()
  await finishRun(cancerProject({ training: { epochs: 2 } }), { folder })
  const more = await finishRun(cancerProject({ training: { epochs: 5 } }), { folder, resume: true })
  const whole = await finishRun(cancerProject({ training: { epochs: 5 } }))
  expect(more.run.info.startEpoch).toBe(2)
  expect(bits(more.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
})

test.each([
  ['another seed', cancerProject({ training: { seed: 99 } })],
  ['another split', cancerProject({ data: { validationFraction: 0.3 } })],
  ['another optimizer', cancerProject({ training: { optimizer: momentum } })],
])('a checkpoint of a project with %s is not taken', async (_, other) => {
  const folder = await temporaryFolder()
  await finishRun(cancerProject({ training: { epochs: 2 } }), { folder })
  const { run } = await finishRun(other, { folder, resume: true })
  expect(run.info.startEpoch).toBe(0)
})

test('a checkpoint cut short by a crash costs the steps since the one before, no more', async () => {
  const project = cancerProject()
  const undisturbed = await finishRun(project)
  const folder = await temporaryFolder()
  const { run } = await startRun(project, { folder, sliceLength: () => 1 })
  await run.pause()
  await run.stop()
  const path = join(folder, 'checkpoint.bin')
  await writeFile(path, (await readFile(path)).subarray(0, 2000))
  const resumed = await finishRun(project, { folder, resume: true })
  expect(bits(resumed.run.kept().weights)).toEqual(bits(undisturbed.run.kept().weights))
})

describe('the trainer as a process of its own', () => {
  const program = resolve(import.meta.dirname, '..', '..', 'out', 'main', 'trainer.js')

  function startProcess(): TrainerProcess {
    const child = fork(program, [samples], { serialization: 'advanced' })
    return {
      post: (message) => void child.send(Object(message)),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.on('exit', listener),
      kill: () => void child.kill('SIGKILL'),
    }
  }

  test('killed in the middle of a run, it goes on from its checkpoint to the same bits', async () => {
    const project = cancerProject({ training: { epochs: 400 } })
    const whole = await temporaryFolder()
    const expected = await finishRun(project, { folder: whole })

    const runFolder = await temporaryFolder()
    let child = startProcess()
    const client = createTrainerClient(() => (child = startProcess()))
    onTestFinished(() => client.close())
    const told: RunMessage[] = []
    client.onRun((message) => told.push(message))
    const ask = { folder: samples, project, runFolder }
    const until = async (type: RunMessage['type'], count = 1) => {
      while (told.filter((message) => message.type === type).length < count) await wait(1)
    }

    await client.call('run.start', { ...ask, resume: false })
    await until('epoch', 20)
    await client.call('run.pause', null)
    await client.call('run.resume', null)
    await until('epoch', 40)
    child.kill()
    await until('failed')
    expect(told.at(-1)).toMatchObject({ type: 'failed', error: { code: 'crashed' } })
    expect(told.some(({ type }) => type === 'ended')).toBe(false)

    const { startEpoch } = await client.call('run.start', { ...ask, resume: true })
    expect(startEpoch).toBeGreaterThanOrEqual(20)
    await until('ended')
    const fingerprint = fingerprintOf(await prepare(project))
    const [resumed, undisturbed] = [
      await readCheckpoint(runFolder, fingerprint),
      await readCheckpoint(whole, fingerprint),
    ]
    expect(bits(resumed?.weights ?? new Map())).toEqual(bits(undisturbed?.weights ?? new Map()))
    expect(bits(resumed?.slots ?? new Map())).toEqual(bits(undisturbed?.slots ?? new Map()))
    expect(expected.run.kept().epoch).toBe(400)
  })

  test('answers malformed requests and user mistakes as failures, and goes on', async () => {
    const client = createTrainerClient(startProcess)
    onTestFinished(() => client.close())
    const describing = {
      folder: samples,
      data: cancerProject().data,
      seed: 1,
      terminals: { inputs: [], outputs: [], indices: [] },
    }
    await expect(client.call('run.pause', null)).rejects.toMatchObject({ failure: { code: 'busy' } })
    const wrong: unknown = { ...describing, seed: 'one' }
    await expect(client.call('data.describe', wrong as typeof describing)).rejects.toMatchObject({
      failure: { code: 'invalid', message: expect.stringContaining('seed') },
    })
    expect((await client.call('data.describe', describing)).rows).toBe(569)
  })
})
