/** Techniques that reach into the run itself: what they do there, and that it outlasts an interruption. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Project } from '#engine/project/project.ts'
import { cancerProject, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, interrupted, startRun } from '../trainer/runs.ts'

describe('reduce on plateau', () => {
  // Nothing improves by 10, so it acts after the second epoch and then after every one.
  const plateau = setting('reduceOnPlateau', { patience: 1, factor: 0.5, minDelta: 10, minLr: 0.02 })
  const optimizer = setting('sgd', { learningRate: 0.0625, momentum: 0.9 })
  const project = cancerProject({ training: { epochs: 5, optimizer, regularizers: [plateau] } })

  test('lowers the live learning rate from the next epoch on, and says so', async () => {
    const folder = await temporaryFolder()
    const { all, run } = await finishRun(project, { folder })
    expect(all('epoch').map(({ live }) => live['optimizer.learningRate'])).toEqual([
      0.0625, 0.0625, 0.03125, 0.02, 0.02,
    ])
    expect(all('epoch').map(({ learningRate }) => learningRate)).toEqual(
      [0.0625, 0.0625, 0.03125, 0.02, 0.02].map(Math.fround),
    )
    const changes = all('live').map(({ name, value, epoch, step }) => ({ name, value, epoch, step }))
    expect(changes).toEqual([
      { name: 'optimizer.learningRate', value: 0.03125, epoch: 3, step: 0 },
      { name: 'optimizer.learningRate', value: 0.02, epoch: 4, step: 0 },
    ])
    expect(run.live['optimizer.learningRate']).toBe(0.02)
    const log = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n')
    expect(log.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'epoch',
      'epoch',
      'live',
      'epoch',
      'live',
      'epoch',
      'epoch',
    ])
  })

  test('goes on to the same bits after an interruption', async () => {
    const whole = await finishRun(project)
    const resumed = await interrupted(project, 40)
    expect(bits(resumed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
    expect(resumed.run.live).toEqual(whole.run.live)
  })
})

describe('weight averaging', () => {
  const training = { epochs: 3, optimizer: setting('sgd', { learningRate: 0.25 }) }
  const averaged = (momentum: number, more: Project['training']['regularizers'] = []) =>
    cancerProject({ training: { ...training, regularizers: [setting('weightAverage', { momentum }), ...more] } })

  test('keeps the averages and reports them, not the weights of the last step', async () => {
    const plain = bits((await finishRun(cancerProject({ training }))).run.kept().weights)
    // Without momentum the average is the weight itself.
    expect(bits((await finishRun(averaged(0))).run.kept().weights)).toEqual(plain)
    const { run, all } = await finishRun(averaged(0.9))
    const kept = run.kept()
    expect(bits(kept.weights)).not.toEqual(plain)
    const [ended] = all('ended')
    for (const { name, norm } of ended?.weights ?? []) {
      expect(norm).toBeCloseTo(Math.hypot(...(kept.weights.get(name)?.data ?? [])), 5)
    }
    expect(ended).toMatchObject({ keptEpoch: 3, restored: false })
  })

  test('trains and validates with the weights themselves', async () => {
    const losses = async (project: Project) =>
      (await finishRun(project)).all('epoch').map(({ validation }) => validation?.['loss'])
    expect(await losses(averaged(0.9))).toEqual(await losses(cancerProject({ training })))
  })

  test('gives way to the best weights of early stopping, as in Keras', async () => {
    const stopping = setting('earlyStopping', { patience: 1, minDelta: 10 })
    const { run, all } = await finishRun(averaged(0.9, [stopping]))
    const afterOne = await finishRun(cancerProject({ training: { ...training, epochs: 1 } }))
    expect(all('ended')[0]).toMatchObject({ reason: 'early', keptEpoch: 1, restored: true })
    expect(bits(run.kept().weights)).toEqual(bits(afterOne.run.kept().weights))
  })

  test('goes on to the same bits after an interruption', async () => {
    const whole = await finishRun(averaged(0.9))
    const resumed = await interrupted(averaged(0.9), 20)
    expect(bits(resumed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
  })

  test('is the weights at the start while no step has been made', async () => {
    const { run } = await startRun(averaged(0.9))
    const stopped = run.stop()
    const start = bits(run.kept().weights)
    await stopped
    expect(
      Object.values(start)
        .flat()
        .some((word) => word !== 0),
    ).toBe(true)
  })
})

test.each([
  'sgd',
  'adam',
  'adamw',
  'adamax',
  'nadam',
  'rmsprop',
  'adagrad',
  'adadelta',
  'ftrl',
  'lion',
  'lamb',
  'muon',
])('a run with %s and accumulated gradients goes on to the same bits after an interruption', async (kind) => {
  const optimizer = setting(kind, { accumulatedSteps: 2 })
  const project = cancerProject({ training: { epochs: 2, optimizer } })
  const whole = await finishRun(project)
  const resumed = await interrupted(project, 9)
  expect(bits(resumed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
})
