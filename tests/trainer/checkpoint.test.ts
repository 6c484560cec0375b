import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Checkpoint, readCheckpoint, removeCheckpoints, writeCheckpoint } from '#main/trainer/checkpoint.ts'
import type { Tensors } from '#main/trainer/run/state.ts'
import { temporaryFolder } from './projects.ts'

const tensors = (...values: number[]): Tensors =>
  new Map([['dense1/kernel', { dtype: 'float32', shape: [values.length], data: Float32Array.from(values) }]])

function checkpoint(epoch: number): Checkpoint {
  return {
    fingerprint: 'abc',
    progress: {
      epoch,
      step: 3,
      iteration: 17,
      learningRate: 0.001,
      sums: [0.1, 0.2],
      rows: 96,
      live: { 'dense1/kernel/l1.strength': 0.01 },
      scheduled: 17,
      marks: [{ number: 2, name: 'dense1/kernel/l1.strength', iteration: 12 }],
      lastMark: 2,
      stops: [{ best: 0.5, bestEpoch: 1, wait: 2, mean: 0.6, recent: [0.7, 0.8] }],
      best: { epoch: 1, value: 0.5 },
      endedBy: null,
      seconds: 1.5,
      epochSeconds: 0.5,
    },
    documentLive: { 'dense1/kernel/l1.strength': 0.02 },
    documentSchedules: { 'dense1/kernel/l1.strength': [{ epoch: 2, value: 0.01 }] },
    weights: tensors(epoch, Math.fround(0.1), -0),
    slots: tensors(3, 4, 5),
    epochEnd: { epoch: epoch - 1, weights: tensors(6, 7, 8) },
    best: new Map([[0, { epoch: 1, weights: tensors(9, 10, 11) }]]),
  }
}

test('a checkpoint comes back as it was, to the last bit', async () => {
  const folder = await temporaryFolder()
  await writeCheckpoint(folder, checkpoint(2))
  expect(await readCheckpoint(folder, 'abc')).toEqual(checkpoint(2))
})

test('a folder without one, or with one of another project, gives none', async () => {
  const folder = await temporaryFolder()
  expect(await readCheckpoint(folder, 'abc')).toBeNull()
  await writeCheckpoint(folder, checkpoint(2))
  expect(await readCheckpoint(folder, 'another')).toBeNull()
})

test('wherever the file is cut short, the one before it is read', async () => {
  const folder = await temporaryFolder()
  await writeCheckpoint(folder, checkpoint(1))
  await writeCheckpoint(folder, checkpoint(2))
  const path = join(folder, 'checkpoint.bin')
  const whole = await readFile(path)
  for (const length of [0, 5, 11, 12, 40, whole.length - 40, whole.length - 1]) {
    await writeFile(path, whole.subarray(0, length))
    expect((await readCheckpoint(folder, 'abc'))?.progress.epoch).toBe(1)
  }
})

test('any byte that changed is noticed', async () => {
  const folder = await temporaryFolder()
  await writeCheckpoint(folder, checkpoint(1))
  await writeCheckpoint(folder, checkpoint(2))
  const path = join(folder, 'checkpoint.bin')
  const whole = await readFile(path)
  for (let position = 0; position < whole.length; position += 13) {
    const damaged = Uint8Array.from(whole)
    damaged[position] = (damaged[position] ?? 0) ^ 0x10
    await writeFile(path, damaged)
    expect((await readCheckpoint(folder, 'abc'))?.progress.epoch).toBe(1)
  }
})

test('a crash between the two renames leaves the one before', async () => {
  const folder = await temporaryFolder()
  await writeCheckpoint(folder, checkpoint(1))
  await copyFile(join(folder, 'checkpoint.bin'), join(folder, 'checkpoint.previous.bin'))
  await writeFile(join(folder, 'checkpoint.bin.1.tmp'), 'half')
  const left = await readFile(join(folder, 'checkpoint.previous.bin'))
  await removeCheckpoints(folder)
  await writeFile(join(folder, 'checkpoint.previous.bin'), left)
  expect((await readCheckpoint(folder, 'abc'))?.progress.epoch).toBe(1)
})

test('writing leaves nothing but the last two', async () => {
  const folder = await temporaryFolder()
  for (const epoch of [1, 2, 3]) await writeCheckpoint(folder, checkpoint(epoch))
  expect((await readdir(folder)).sort()).toEqual(['checkpoint.bin', 'checkpoint.previous.bin'])
})
