import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Project, SchedulePoint } from '#engine/project/project.ts'
import { keptMarks, type RunMessage } from '#shared/run.ts'
import type { Run } from '#main/trainer/run/run.ts'
import { cancerProject, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, numbersOf, startRun } from '../trainer/runs.ts'

const strength = 'dense1/kernel/l1.strength'

const scheduled = (points: readonly SchedulePoint[], epochs = 6): Project =>
  cancerProject({ training: { epochs, schedules: { 'l1.strength': points } } })

/** Does something once, at the end of an epoch. */
const atEpoch =
  (epoch: number, act: (run: Run) => void) =>
  (message: RunMessage, run: () => Run): void => {
    if (message.type === 'epoch' && message.epoch === epoch) act(run())
  }

async function logOf(folder: string): Promise<unknown[]> {
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n')
  return lines.map((line) => ({ ...Object(JSON.parse(line)), seconds: 0 }))
}

describe('a schedule', () => {
  test('changes a setting as a person would at that moment, to the same bits', async () => {
    const byHand = await finishRun(cancerProject({ training: { epochs: 6 } }), {
      react: atEpoch(2, (run) => run.setLive(strength, 0.1)),
    })
    const run = await finishRun(scheduled([{ epoch: 2, value: 0.1 }]))
    expect(bits(run.run.kept().weights)).toEqual(bits(byHand.run.kept().weights))
    expect(run.all('live')).toEqual([{ type: 'live', name: strength, value: 0.1, epoch: 3, step: 0, mark: 1 }])
    expect(run.all('live')).toEqual(byHand.all('live'))
  })

  test('begins with what it says of the start, without a mark', async () => {
    const run = await finishRun(scheduled([{ epoch: 0, value: 0.2 }], 2))
    const plain = cancerProject({ training: { epochs: 2 } })
    const [dense, ...others] = plain.graph.nodes.slice(1)
    const params = { ...dense?.params, kernelRegularizers: [setting('l1', { strength: 0.2 })] }
    const nodes = plain.graph.nodes.slice(0, 1).concat(dense ? [{ ...dense, params }] : [], others)
    const same = await finishRun({ ...plain, graph: { ...plain.graph, nodes } })
    expect(run.run.info.live).toContainEqual({ name: strength, value: 0.2 })
    expect(bits(run.run.kept().weights)).toEqual(bits(same.run.kept().weights))
    expect(run.all('live')).toEqual([])
  })

  // 455 rows in batches of 32 make 15 steps: tenths of an epoch begin before steps 0, 2, 3, 5, 6, 8, ...
  test('on a line moves within epochs, whatever the slices, as one mark', async () => {
    const line = scheduled([
      { epoch: 1, value: 0 },
      { epoch: 1.5, value: 0.1, ramp: true },
    ])
    const run = await finishRun(line)
    expect(run.all('live').map(({ epoch, step, mark }) => [epoch, step, mark])).toEqual([
      [2, 0, 1],
      [2, 2, 2],
      [2, 3, 2],
      [2, 5, 2],
      [2, 6, 2],
      [2, 8, 2],
    ])
    run.all('live').forEach(({ value }, index) => expect(value).toBeCloseTo(index * 0.02, 12))
    const single = await finishRun(line, { sliceLength: () => 1 })
    expect(bits(single.run.kept().weights)).toEqual(bits(run.run.kept().weights))
  })

  test('goes on to the same bits when the run was interrupted in it, at a change too', async () => {
    const line = scheduled([
      { epoch: 1, value: 0 },
      { epoch: 3, value: 0.1, ramp: true },
      { epoch: 4, value: 0.01 },
    ])
    const whole = await temporaryFolder()
    const undisturbed = await finishRun(line, { folder: whole })
    const folder = await temporaryFolder()
    for (const after of [5, 12, 15, 1, 20]) {
      let steps = 0
      const { run } = await startRun(line, {
        folder,
        resume: true,
        sliceLength: () => {
          if (++steps > after) void run.stop()
          return 1
        },
      })
      await run.finished
    }
    const resumed = await finishRun(line, { folder, resume: true })
    expect(bits(resumed.run.kept().weights)).toEqual(bits(undisturbed.run.kept().weights))
    expect(await logOf(folder)).toEqual(await logOf(whole))
  })

  test('that was changed since the run was interrupted counts as it is now', async () => {
    const folder = await temporaryFolder()
    const first = await startRun(scheduled([{ epoch: 2, value: 0.1 }]), {
      folder,
      react: atEpoch(3, (run) => void run.stop()),
    })
    await first.run.finished
    const second = await finishRun(scheduled([{ epoch: 1, value: 0.3 }]), { folder, resume: true })
    expect(second.run.info.live).toContainEqual({ name: strength, value: 0.3 })
  })

  test('drives the learning rate as well', async () => {
    const project = cancerProject({
      training: { epochs: 3, schedules: { learningRate: [{ epoch: 1, value: 0.5 }] } },
    })
    const { all } = await finishRun(project)
    expect(all('epoch').map(({ learningRate }) => learningRate)).toEqual([Math.fround(0.001), 0.5, 0.5])
  })
})

describe('going back to before a mark', () => {
  const undisturbed = () => finishRun(cancerProject({ training: { epochs: 6 } }))

  test('while it goes on, ends as if the setting had never been changed', async () => {
    const folder = await temporaryFolder()
    let went = false
    const { run, all } = await finishRun(cancerProject({ training: { epochs: 6 } }), {
      folder,
      react: (message, run) => {
        if (went) return
        atEpoch(2, (run) => run.setLive(strength, 0.1))(message, run)
        atEpoch(4, (run) => {
          went = true
          void run.rewind(1)
        })(message, run)
      },
    })
    const expected = await undisturbed()
    expect(bits(run.kept().weights)).toEqual(bits(expected.run.kept().weights))
    expect(all('rewound')).toMatchObject([{ mark: 1, epoch: 3, step: 0, live: { [strength]: 0.001 } }])
    expect(all('epoch').map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 3, 4, 5, 6])
    expect(await logOf(folder)).toEqual(numbersOf(expected).map((numbers) => ({ ...Object(numbers), seconds: 0 })))
  })

  test('within an epoch puts back weights, optimizer, progress, rules and sums', async () => {
    const stopping = { training: { epochs: 6, regularizers: [setting('earlyStopping', { patience: 5 })] } }
    const project = cancerProject(stopping)
    let steps = 0
    const told: Promise<void>[] = []
    const { run } = await startRun(project, {
      sliceLength: () => {
        steps += 1
        if (steps === 20) run.setLive(strength, 0.5)
        if (steps === 21) run.setLive('optimizer.learningRate', 0.1)
        if (steps === 50) told.push(run.rewind(1))
        return 1
      },
    })
    await run.finished
    await Promise.all(told)
    const expected = await finishRun(project)
    expect(bits(run.kept().weights)).toEqual(bits(expected.run.kept().weights))
    expect(bits(run.kept('last').weights)).toEqual(bits(expected.run.kept('last').weights))
  })

  test('while paused leaves it paused, and it can take another way from there', async () => {
    const pausing: Promise<void>[] = []
    const { run, all } = await startRun(cancerProject({ training: { epochs: 6 } }), {
      react: (message, run) => {
        atEpoch(2, (run) => run.setLive(strength, 0.1))(message, run)
        atEpoch(4, (run) => {
          if (pausing.length === 0) pausing.push(run.pause())
        })(message, run)
      },
    })
    await expect.poll(() => pausing.length, { timeout: 20_000 }).toBe(1)
    await pausing[0]
    await run.rewind(1)
    expect(all('resumed')).toEqual([])
    expect(run.live[strength]).toBe(0.001)
    run.setLive(strength, 0.3)
    run.resume()
    await run.finished
    expect(all('resumed')).toHaveLength(1)
    const expected = await finishRun(cancerProject({ training: { epochs: 6 } }), {
      react: atEpoch(2, (run) => run.setLive(strength, 0.3)),
    })
    expect(bits(run.kept().weights)).toEqual(bits(expected.run.kept().weights))
    expect(all('live').at(-1)).toMatchObject({ mark: 1, epoch: 3, step: 0 })
  })

  test('after the end begins again from there', async () => {
    const folder = await temporaryFolder()
    const first = await finishRun(cancerProject({ training: { epochs: 6 } }), {
      folder,
      react: atEpoch(2, (run) => run.setLive(strength, 0.1)),
    })
    const again = await first.run.again(1)
    await again.finished
    expect(bits(again.kept().weights)).toEqual(bits((await undisturbed()).run.kept().weights))
    expect(first.all('rewound')).toHaveLength(1)
    expect(await readdir(join(folder, 'marks'))).toEqual([])
  })

  test('of a schedule leaves that change out and makes the later ones', async () => {
    const project = scheduled([
      { epoch: 2, value: 0.1 },
      { epoch: 4, value: 0.02 },
    ])
    let went = false
    const { run } = await finishRun(project, {
      react: atEpoch(3, (run) => {
        if (!went) void run.rewind(1)
        went = true
      }),
    })
    const without = await finishRun(scheduled([{ epoch: 4, value: 0.02 }]))
    expect(bits(run.kept().weights)).toEqual(bits(without.run.kept().weights))
  })

  test('knows the last twenty, and says which there are', async () => {
    const folder = await temporaryFolder()
    const points = Array.from({ length: keptMarks + 3 }, (_, index) => ({
      epoch: index + 1,
      value: index / 1000 + 0.01,
    }))
    const { run, all } = await finishRun(scheduled(points, points.length + 1), { folder })
    expect(all('live').at(-1)?.mark).toBe(keptMarks + 3)
    expect(await readdir(join(folder, 'marks'))).toHaveLength(keptMarks)
    await expect(run.again(2)).rejects.toThrow(/^There is no mark 2 to go back to; there are 4, 5, .*, 23\.$/)
    const plain = await finishRun(cancerProject({ training: { epochs: 1 } }))
    await expect(plain.run.again(1)).rejects.toThrow('The run has no marks to go back to; no setting was changed.')
  })
})

test('changes between two steps are one mark, and so are those of a drag', async () => {
  const { all } = await finishRun(cancerProject({ training: { epochs: 6 } }), {
    react: (message, run) => {
      atEpoch(1, (run) => {
        run.setLive(strength, 0.1)
        run.setLive('optimizer.learningRate', 0.01)
      })(message, run)
      atEpoch(2, (run) => run.setLive('optimizer.learningRate', 0.02))(message, run)
      atEpoch(4, (run) => run.setLive(strength, 0.2))(message, run)
    },
  })
  expect(all('live').map(({ mark }) => mark)).toEqual([1, 1, 1, 2])
})

test('a live setting cannot be what the project could not say', async () => {
  const { run } = await startRun(cancerProject({ training: { epochs: 400 } }))
  expect(() => run.setLive(strength, -1)).toThrow(`${strength}: Strength is -1; give a number of at least 0.`)
  expect(() => run.setLive(strength, Number.NaN)).toThrow('give a number')
  await run.stop()
})
