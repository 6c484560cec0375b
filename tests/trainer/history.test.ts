import { is } from 'valibot'
import { describe, expect, test } from 'vitest'
import { mostSteps, stepRangeSchema } from '#shared/history.ts'
import { histogramOf } from '#main/trainer/run/histogram.ts'
import { readSteps, StepLog } from '#main/trainer/run/stepLog.ts'
import { copyTensors, type Tensors } from '#main/trainer/run/state.ts'
import { thinned } from '#main/trainer/run/watch.ts'
import { cancerProject, chain, setting, temporaryFolder } from './projects.ts'
import { finishRun, startRun } from './runs.ts'

describe('every step is kept', () => {
  test('and steps of an epoch, each weighed by its rows, come to what the epoch says', async () => {
    const { run, all } = await finishRun(cancerProject())
    const { stepsPerEpoch } = run.info
    const { from, to, stride, means, least, greatest } = await run.steps({
      from: stepsPerEpoch,
      to: 2 * stepsPerEpoch,
      points: 1000,
    })
    expect([from, to, stride]).toEqual([stepsPerEpoch, 2 * stepsPerEpoch, 1])
    const losses = (means['loss'] ?? []).map(Number)
    const { batch, train } = run.prepared
    const rows = losses.map((_, step) => Math.min(batch, train.rows - step * batch))
    const mean = losses.reduce((sum, loss, step) => sum + loss * (rows[step] ?? 0), 0) / train.rows
    expect(mean).toBeCloseTo(all('epoch')[1]?.train['loss'] ?? 0, 6)
    expect([least, greatest]).toEqual([losses, losses])
    expect(means['dense1/kernel/l1']?.length).toBe(stepsPerEpoch)
    expect(means['accuracy']?.length).toBe(stepsPerEpoch)
    expect(means['learningRate']?.at(-1)).toBeCloseTo(0.001, 8)
  })

  test('and told as fewer points with their range, as far as there are steps', async () => {
    const { run } = await finishRun(cancerProject())
    const steps = 4 * run.info.stepsPerEpoch
    const each = await run.steps({ from: 0, to: steps + 100, points: 4000 })
    expect(each.to).toBe(steps)
    const few = await run.steps({ from: 0, to: steps, points: 6 })
    expect(few.stride).toBe(Math.ceil(steps / 6))
    const losses = (each.means['loss'] ?? []).map(Number)
    const first = losses.slice(0, few.stride)
    expect(few.means['loss']?.[0]).toBeCloseTo(first.reduce((a, b) => a + b) / few.stride, 6)
    expect([few.least[0], few.greatest[0]]).toEqual([Math.min(...first), Math.max(...first)])
    expect(await run.steps({ from: steps + 5, to: steps + 9, points: 5 })).toMatchObject({ to: steps + 5, least: [] })
  })

  test('up to the one that was not finite any more', async () => {
    const { run, all } = await finishRun(
      cancerProject({ training: { optimizer: setting('sgd', { learningRate: 1e30 }), epochs: 50 } }),
    )
    expect(all('ended')[0]?.reason).toBe('diverged')
    const { means } = await run.steps({ from: 0, to: 1000, points: 1000 })
    expect(means['loss']?.at(-1)).toBeNull()
    expect(means['loss']?.[0]).toBeGreaterThan(0)
  })

  test('without those that a rewind takes back', async () => {
    const { run, all } = await startRun(cancerProject({ training: { epochs: 400 } }), {
      react: (message, current) => {
        if (message.type === 'epoch' && message.epoch === 3) current().setLive('dense1/kernel/l1.strength', 0.1)
        if (message.type === 'live') void current().pause()
      },
    })
    while (all('paused').length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const [mark] = all('live')
    await run.rewind(mark?.mark ?? 0)
    const before = ((mark?.epoch ?? 1) - 1) * run.info.stepsPerEpoch + (mark?.step ?? 0)
    expect((await run.steps({ from: 0, to: 100_000, points: 10 })).to).toBe(before)
    await run.stop()
  })

  test('in a file that does not grow beyond its limit', async () => {
    const folder = await temporaryFolder()
    const log = StepLog.open(folder, { columns: ['data'] }, 0, 4 * 2 * 3)
    log.append(0, Float32Array.of(1, 2), Float32Array.of(0.1, 0.1))
    log.append(2, Float32Array.of(3, 4), Float32Array.of(0.1, 0.1))
    log.append(4, Float32Array.of(5), Float32Array.of(0.1))
    log.close()
    const again = StepLog.open(folder, { columns: ['data'] }, 9)
    again.append(9, Float32Array.of(6), Float32Array.of(0.1))
    again.append(2, Float32Array.of(3), Float32Array.of(0.1))
    again.close()
    const program = { columns: ['data'], metrics: [], penalties: [] }
    expect((await readSteps(folder, program, { from: 0, to: 10, points: 10 })).means['data']).toEqual([1, 2, 3])
  })
})

describe('histograms', () => {
  test('count every element once, the greatest in the last interval', () => {
    const histogram = histogramOf(Float32Array.of(-1, -1, 0, 0.5, 1))
    expect([histogram?.min, histogram?.max]).toEqual([-1, 1])
    expect([histogram?.counts[0], histogram?.counts[16], histogram?.counts[24], histogram?.counts[31]]).toEqual([
      2, 1, 1, 1,
    ])
  })

  test('of one value lie in the first interval, and of what is not finite there is none', () => {
    expect(histogramOf(Float32Array.of(2, 2))?.counts[0]).toBe(2)
    expect(histogramOf(Float32Array.of(2, Number.NaN))).toBeNull()
  })

  test('moments are thinned evenly and keep the last', () => {
    expect(thinned([1, 2, 3, 4, 5, 6], 5)).toEqual([1, 3, 5, 6])
    expect(thinned([1, 2, 3], 5)).toEqual([1, 2, 3])
  })
})

describe('what is watched while a run goes on', () => {
  test('the norm of a gradient is the step that gradient descent makes next, by the learning rate', async () => {
    const seen: Tensors[] = []
    const project = cancerProject({
      graph: chain(
        setting('dense', { units: 6, activation: 'tanh' }),
        setting('dense', { units: 3, activation: 'softmax' }),
      ),
      data: { source: 'sample:iris.csv', validationFraction: 0.6 },
      training: {
        loss: setting('sparseCategoricalCrossentropy'),
        optimizer: setting('sgd', { learningRate: 0.5 }),
        batchSize: 64,
        epochs: 2,
      },
    })
    const { run } = await finishRun(project, {
      react: (message, current) => {
        if (message.type === 'epoch') seen.push(copyTensors(current().kept('last').weights))
      },
    })
    const { weights, layers, rows } = run.history
    expect(rows).toBe(60)
    const [before, after] = seen.map((each) => each.get('dense1/kernel')?.data ?? new Float32Array(0))
    const step = Math.hypot(...(after ?? []).map((number, at) => number - (before?.[at] ?? 0))) / 0.5
    const [first] = weights.find(({ name }) => name === 'dense1/kernel')?.moments ?? []
    expect(first?.epoch).toBe(1)
    expect(first?.gradientNorm).toBeCloseTo(step, 5)
    expect(layers.map(({ name, units }) => [name, units])).toEqual([
      ['dense1', 6],
      ['dense2', 3],
    ])
    expect(layers[1]?.moments[0]?.activation).toBeGreaterThan(0.3)
    expect(layers[1]?.moments[0]?.still).toBe(0)
  })

  test('units that nothing wakes are counted, and the last epoch is always among the moments', async () => {
    const graph = chain(
      setting('dense', { units: 5, activation: 'relu', biasInitializer: setting('constant', { value: -1000 }) }),
      setting('dense', { units: 1, activation: 'sigmoid' }),
    )
    const { run } = await finishRun(cancerProject({ graph, training: { epochs: 7 } }))
    const dense = run.history.layers.find(({ name }) => name === 'dense1')
    expect(dense?.moments.at(-1)).toMatchObject({ epoch: 7, still: 5, activation: 0 })
  })
})

test('a range of too many steps is refused by the contract', () => {
  expect(is(stepRangeSchema, { from: 0, to: mostSteps, points: 10 })).toBe(true)
  expect(is(stepRangeSchema, { from: 0, to: mostSteps + 1, points: 10 })).toBe(false)
})
