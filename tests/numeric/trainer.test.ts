import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { runMessageSchema } from '#shared/run.ts'
import { cancerProject, chain, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, numbersOf, prepare, startRun } from '../trainer/runs.ts'

const earlyStopping = (params: Record<string, number | boolean | string> = {}) => setting('earlyStopping', params)

describe('training', () => {
  test('lowers the loss, on the training rows and on those kept apart', async () => {
    const epochs = (await finishRun(cancerProject({ training: { epochs: 15 } }))).all('epoch')
    const [first, last] = [epochs[0], epochs.at(-1)]
    expect(last?.train['loss']).toBeLessThan((first?.train['loss'] ?? 0) / 2)
    expect(last?.validation?.['loss']).toBeLessThan((first?.validation?.['loss'] ?? 0) / 2)
    expect(last?.validation?.['accuracy']).toBeGreaterThan(0.9)
  })

  test('reports the loss as data loss plus penalties, each apart', async () => {
    const [epoch] = (await finishRun(cancerProject({ training: { epochs: 1 } }))).all('epoch')
    const penalties = Object.values(epoch?.penalties ?? {}).map(Number)
    expect(Object.keys(epoch?.penalties ?? {})).toEqual(['dense1/kernel/l1'])
    const sum = Number(epoch?.train['data']) + penalties.reduce((a, b) => a + b, 0)
    expect(epoch?.train['loss']).toBeCloseTo(sum, 6)
  })

  test('reports the learning rate of the last step, after the schedule', async () => {
    const schedule = setting('cosineDecay', { steps: 15, alpha: 0.1 })
    const optimizer = setting('sgd', { learningRate: 0.02, schedule })
    const epochs = (await finishRun(cancerProject({ training: { epochs: 2, batchSize: 64, optimizer } }))).all('epoch')
    const steps = Math.ceil(455 / 64)
    for (const { epoch, learningRate } of epochs) {
      const cosine = (1 + Math.cos((Math.PI * Math.min(epoch * steps - 1, 15)) / 15)) / 2
      expect(learningRate).toBeCloseTo(0.02 * (0.9 * cosine + 0.1), 6)
    }
  })

  test('every message fits the contract, and they come in order', async () => {
    const { messages } = await finishRun(cancerProject({ training: { epochs: 2 } }))
    for (const message of messages) expect(v.safeParse(runMessageSchema, message).issues).toBeUndefined()
    const types = messages.map(({ type }) => type).filter((type) => type !== 'progress')
    expect(types).toEqual(['started', 'epoch', 'epoch', 'ended'])
  })

  test('reports progress at most twenty times a second', async () => {
    const { messages } = await finishRun(cancerProject({ training: { epochs: 30 } }), { sliceLength: () => 1 })
    const ended = messages.at(-1)
    const seconds = ended?.type === 'ended' ? ended.seconds : 0
    const progress = messages.filter(({ type }) => type === 'progress').length
    // Between slices there is time that is not counted as trained, so the bound is a wide one.
    expect(progress).toBeLessThan(20 * (2 * seconds + 1))
  })

  test('keeps every epoch on disk at full resolution', async () => {
    const folder = await temporaryFolder()
    const observed = await finishRun(cancerProject({ training: { epochs: 3 } }), { folder })
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(observed.all('epoch'))
  })

  test('batches larger than the table are the table', async () => {
    const { run } = await finishRun(cancerProject({ training: { epochs: 1, batchSize: 10_000 } }))
    expect(run.info.stepsPerEpoch).toBe(1)
  })

  test('shuffling changes the order of rows from epoch to epoch; without it training differs', async () => {
    const shuffled = await finishRun(cancerProject())
    const plain = await finishRun(cancerProject({ training: { shuffle: false } }))
    expect(bits(plain.run.kept().weights)).not.toEqual(bits(shuffled.run.kept().weights))
  })
})

describe('the same project and seed give the same weights to the last bit', () => {
  test('twice', async () => {
    const [one, two] = [await finishRun(cancerProject()), await finishRun(cancerProject())]
    expect(bits(two.run.kept().weights)).toEqual(bits(one.run.kept().weights))
    expect(numbersOf(two)).toEqual(numbersOf(one))
  })

  test('whatever the length of slices', async () => {
    const one = await finishRun(cancerProject(), { sliceLength: () => 1 })
    for (const sliceLength of [(left: number) => Math.min(3, left), (left: number) => left]) {
      const other = await finishRun(cancerProject(), { sliceLength })
      expect(bits(other.run.kept().weights)).toEqual(bits(one.run.kept().weights))
      expect(numbersOf(other)).toEqual(numbersOf(one))
    }
  })

  test('another seed gives others', async () => {
    const [one, two] = [await finishRun(cancerProject()), await finishRun(cancerProject({ training: { seed: 8 } }))]
    expect(bits(two.run.kept().weights)).not.toEqual(bits(one.run.kept().weights))
  })
})

describe('early stopping', () => {
  test('ends the run when the watched number has stopped improving, and restores the best weights', async () => {
    const stopping = earlyStopping({ patience: 2, minDelta: 10 })
    const { all, run } = await finishRun(cancerProject({ training: { epochs: 20, regularizers: [stopping] } }))
    const ended = all('ended')[0]
    expect(ended).toMatchObject({ reason: 'early', epochs: 3, keptEpoch: 1, restored: true })
    const afterOne = await finishRun(cancerProject({ training: { epochs: 1 } }))
    expect(bits(run.kept().weights)).toEqual(bits(afterOne.run.kept().weights))
    expect(all('epoch').at(-1)?.best).toMatchObject({ epoch: 1, monitor: 'validation/loss' })
  })

  test('keeps the last weights where restoring is off', async () => {
    const stopping = earlyStopping({ patience: 2, minDelta: 10, restoreBest: false })
    const { all } = await finishRun(cancerProject({ training: { epochs: 20, regularizers: [stopping] } }))
    expect(all('ended')[0]).toMatchObject({ reason: 'early', epochs: 3, keptEpoch: 3, restored: false })
  })

  test('watches training numbers where it is told to', async () => {
    const stopping = earlyStopping({ monitor: 'train/accuracy', patience: 1, minDelta: 1 })
    const project = cancerProject({
      data: { validationFraction: 0 },
      training: { epochs: 9, regularizers: [stopping] },
    })
    const { all } = await finishRun(project)
    expect(all('ended')[0]).toMatchObject({ reason: 'early', epochs: 2 })
    expect(all('epoch')[0]?.validation).toBeNull()
  })
})

describe('a run whose loss is no longer a number', () => {
  const exploding = () =>
    cancerProject({
      graph: chain(setting('dense', { units: 4 }), setting('dense', { units: 1 })),
      data: { source: 'sample:diabetes.csv', standardize: false },
      training: {
        epochs: 50,
        metrics: [],
        loss: setting('meanSquaredError'),
        optimizer: setting('sgd', { learningRate: 10 }),
      },
    })

  test('ends with the weights of the last whole epoch and names the likely setting', async () => {
    const { all, run } = await finishRun(exploding())
    const ended = all('ended')[0]
    expect(ended).toMatchObject({ reason: 'diverged', restored: true, keptEpoch: 0 })
    expect(ended?.note).toMatch(/stopped being a number at epoch 1, step \d+: the learning rate 10 .* try 1/)
    expect(ended?.weights.every(({ norm }) => norm !== null)).toBe(true)
    for (const { data } of run.kept().weights.values()) expect(data.every(Number.isFinite)).toBe(true)
  })

  test('ends the same way whatever the length of slices', async () => {
    const one = (await finishRun(exploding(), { sliceLength: () => 1 })).all('ended')[0]
    const all = (await finishRun(exploding(), { sliceLength: (left) => left })).all('ended')[0]
    expect(all?.note).toBe(one?.note)
  })
})

describe('a person at the controls', () => {
  test('a live setting is used from the next slice on and told with its place', async () => {
    const name = 'dense1/kernel/l1.strength'
    const { all } = await finishRun(cancerProject(), {
      react: (message, run) => {
        if (message.type === 'epoch' && message.epoch === 2) run().setLive(name, 0.5)
      },
    })
    expect(all('live')).toEqual([{ type: 'live', name, value: 0.5, epoch: 3, step: 0, mark: 1 }])
    const penalties = all('epoch').map((epoch) => Number(epoch.penalties['dense1/kernel/l1']))
    expect(penalties[2]).toBeGreaterThan(50 * (penalties[1] ?? 0))
    expect(all('epoch').map(({ live }) => live[name])).toEqual([0.001, 0.001, 0.5, 0.5])
  })

  test('a setting that cannot change while training is refused with the ones that can', async () => {
    const { run } = await startRun(cancerProject())
    expect(() => run.setLive('dense1.units', 8)).toThrow(
      /cannot change while training; these can: .*optimizer\.learningRate/,
    )
    await run.stop()
  })

  test('pausing writes a checkpoint, resuming goes on to the same bits', async () => {
    const undisturbed = await finishRun(cancerProject())
    let paused = 0
    const { run, all } = await startRun(cancerProject(), {
      sliceLength: () => 1,
      react: (message, current) => {
        if (message.type !== 'epoch' || message.epoch > 2) return
        void current()
          .pause()
          .then(() => {
            paused++
            current().resume()
          })
      },
    })
    await run.finished
    expect(paused).toBe(2)
    expect(all('paused')).toHaveLength(2)
    expect(all('resumed')).toHaveLength(2)
    expect(bits(run.kept().weights)).toEqual(bits(undisturbed.run.kept().weights))
  })

  test('stopping ends the run after the slice, also while it is paused', async () => {
    const { run, all } = await startRun(cancerProject({ training: { epochs: 10_000 } }))
    await run.pause()
    await run.stop()
    expect(all('ended')[0]?.reason).toBe('stopped')
    expect(() => run.resume()).toThrow('No run is going')
  })
})

test('Dropout draws new masks in every epoch', async () => {
  const still = { optimizer: setting('sgd', { learningRate: 0 }), shuffle: false, epochs: 3 }
  const losses = (await finishRun(cancerProject({ training: still }))).all('epoch').map(({ train }) => train['data'])
  expect(new Set(losses).size).toBe(3)
})

test('starting values do not depend on layers that come later', async () => {
  const first = await finishRun(
    cancerProject({ training: { epochs: 1, optimizer: setting('sgd', { learningRate: 0 }) } }),
  )
  const deeper = chain(
    setting('dense', { units: 16, activation: 'relu' }),
    setting('dense', { units: 5 }),
    setting('dense', { units: 1, activation: 'sigmoid' }),
  )
  const second = await finishRun(
    cancerProject({ graph: deeper, training: { epochs: 1, optimizer: setting('sgd', { learningRate: 0 }) } }),
  )
  const kernel = 'dense1/kernel'
  expect(bits(second.run.kept().weights)[kernel]).toEqual(bits(first.run.kept().weights)[kernel])
})

test('a project whose network does not fit the data says which layer and what to do', async () => {
  const graph = chain(setting('dense', { units: 3, activation: 'sigmoid' }))
  await expect(prepare(cancerProject({ graph }))).rejects.toThrow(/dense1 puts out .*3.* set its units to 1/)
})
