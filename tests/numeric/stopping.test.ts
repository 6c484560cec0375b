import { describe, expect, test } from 'vitest'
import type { RunMessage } from '#shared/run.ts'
import { readCheckpoint } from '#main/trainer/checkpoint.ts'
import { fingerprintOf } from '#main/trainer/run/prepare.ts'
import type { Run } from '#main/trainer/run/run.ts'
import { cancerProject, chain, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, prepare, startRun } from '../trainer/runs.ts'

const rule = (kind: string, params = {}, epochs = 400) =>
  cancerProject({ training: { epochs, regularizers: [setting(kind, params)] } })

describe('training rows in inference mode', () => {
  // Dropout of nine in ten: what training batches measure is far from what the network can do.
  const graph = chain(
    setting('dense', { units: 16, activation: 'relu' }),
    setting('dropout', { rate: 0.9 }),
    setting('dense', { units: 1, activation: 'sigmoid' }),
  )

  test('are measured after each epoch without what is random in training', async () => {
    const { all } = await finishRun(cancerProject({ graph, training: { epochs: 5 } }))
    const last = all('epoch').at(-1)
    expect(Object.keys(last?.trainInference ?? {})).toEqual(Object.keys(last?.train ?? {}))
    expect(last?.trainInference?.['loss']).toBeLessThan(0.6 * (last?.train['loss'] ?? 0))
  })

  test('are those of the validation part where both are the same network on like rows', async () => {
    // With nearly all rows kept for validation the sample is the training part as a whole.
    const project = cancerProject({ data: { validationFraction: 0.8 }, training: { epochs: 1 } })
    const swapped = await prepare(project)
    const { run, all } = await finishRun(project)
    const { evaluateParts } = await import('#main/trainer/run/validation.ts')
    const { openGraph } = await import('#main/trainer/model.ts')
    const session = await openGraph(swapped.program.evaluate(), { threads: 1 })
    const live = swapped.program.live.map(({ name, value }) => {
      const tensor = { dtype: 'float32', shape: [], data: Float32Array.of(value) } as const
      return [name, tensor] as const
    })
    const known = new Map([...run.kept().weights, ...live])
    const { sums } = await evaluateParts(session, swapped.program, [swapped.train], known)
    await session.release()
    expect(all('epoch')[0]?.trainInference).toEqual(sums.means().values)
  })

  test('are not measured where nothing is kept to compare them with', async () => {
    const { all } = await finishRun(cancerProject({ data: { validationFraction: 0 }, training: { epochs: 1 } }))
    expect(all('epoch')[0]).toMatchObject({ validation: null, trainInference: null })
  })
})

describe('rules end the run by what it measures', () => {
  test('the target, at the first epoch that reaches it', async () => {
    const { all } = await finishRun(rule('targetReached', { target: 0.15 }))
    const losses = all('epoch').map(({ validation }) => validation?.['loss'] ?? NaN)
    expect(losses.length).toBeGreaterThan(1)
    expect(losses.findIndex((loss) => loss <= 0.15)).toBe(losses.length - 1)
    expect(all('ended')[0]).toMatchObject({ reason: 'early', epochs: losses.length, restored: false })
  })

  test('the gap, between validation and training rows in inference mode', async () => {
    const { all } = await finishRun(rule('gapLimit', { ratio: 0.2, patience: 2 }))
    const large = all('epoch').map(({ validation, trainInference }) => {
      const [value, train] = [validation?.['loss'] ?? NaN, trainInference?.['loss'] ?? NaN]
      return (value - train) / train > 0.2
    })
    expect(large.findIndex((is, epoch) => is && large[epoch - 1] === true)).toBe(large.length - 1)
    expect(all('ended')[0]?.reason).toBe('early')
  })

  test('the progress quotient, with the training loss of its strip', async () => {
    const { all } = await finishRun(rule('progressQuotient', { alpha: 0.5, strip: 3 }))
    const epochs = all('epoch')
    expect(epochs.length % 3).toBe(0)
    const quotients = epochs.flatMap(({ epoch }, index) => {
      if (epoch % 3 !== 0) return []
      const validation = epochs.slice(0, index + 1).map((each) => each.validation?.['loss'] ?? NaN)
      const train = epochs.slice(index - 2, index + 1).map((each) => each.train['loss'] ?? NaN)
      const loss = 100 * ((validation.at(-1) ?? NaN) / Math.min(...validation) - 1)
      const sum = train.reduce((total, each) => total + each, 0)
      return [loss / (1000 * (sum / (3 * Math.min(...train)) - 1))]
    })
    expect(quotients.findIndex((quotient) => quotient > 0.5)).toBe(quotients.length - 1)
    expect(all('ended')[0]?.reason).toBe('early')
  })
})

describe('the time limit', () => {
  const limited = (seconds: number, epochs = 1_000_000) => rule('timeLimit', { seconds }, epochs)

  test('ends a run within an epoch, with the weights of its last step', async () => {
    const { run, all } = await finishRun(limited(1e-9), { sliceLength: () => 1 })
    expect(all('ended')[0]).toMatchObject({ reason: 'early', epochs: 0, keptEpoch: 1, restored: false })
    expect(run.kept('last').epoch).toBe(1)
  })

  test('counts what was trained, not pauses, and more time goes on to the same bits', async () => {
    const folder = await temporaryFolder()
    const { all } = await finishRun(limited(0.3), { folder })
    const { seconds = 0 } = all('ended')[0] ?? {}
    expect(seconds).toBeGreaterThanOrEqual(0.3)
    expect(seconds).toBeLessThan(2)
    const epochs = (all('epoch').at(-1)?.epoch ?? 0) + 2
    const more = await finishRun(limited(1e6, epochs), { folder, resume: true })
    expect(more.all('ended')[0]).toMatchObject({ reason: 'finished', epochs })
    const whole = await finishRun(limited(1e6, epochs))
    expect(bits(more.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
  })
})

describe('the weights of the best epoch', () => {
  /** The weights at the end of every epoch, and the best epoch told. */
  async function followed(project: ReturnType<typeof cancerProject>) {
    const ends: Record<string, number[]>[] = []
    const observed = await finishRun(project, {
      react: (message: RunMessage, run: () => Run) => {
        if (message.type === 'epoch') ends.push(bits(run().kept('last').weights))
      },
    })
    return { ...observed, ends, best: observed.all('epoch').at(-1)?.best?.epoch ?? 0 }
  }

  // A learning rate this high overfits at once, so that the best epoch is not the last.
  const optimizer = setting('adam', { learningRate: 0.05 })

  test('can be had where no rule is set, by validation loss', async () => {
    const { run, all, ends, best } = await followed(cancerProject({ training: { epochs: 30, optimizer } }))
    const losses = all('epoch').map(({ validation }) => validation?.['loss'] ?? NaN)
    expect(best).toBe(losses.indexOf(Math.min(...losses)) + 1)
    expect(best).toBeLessThan(30)
    expect(run.kept('best')).toMatchObject({ epoch: best, restored: true })
    expect(bits(run.kept('best').weights)).toEqual(ends[best - 1])
    expect(bits(run.kept().weights)).toEqual(bits(run.kept('last').weights))
    expect(run.kept('last').epoch).toBe(30)
  })

  test('can be had where a rule watches but does not go back, and the last ones where it does', async () => {
    const stopping = (restoreBest: boolean) =>
      setting('earlyStopping', { monitor: 'validation/accuracy', patience: 4, restoreBest })
    const training = { epochs: 60, optimizer }
    const loose = await followed(cancerProject({ training: { ...training, regularizers: [stopping(false)] } }))
    const tight = await finishRun(cancerProject({ training: { ...training, regularizers: [stopping(true)] } }))
    expect(bits(loose.run.kept('best').weights)).toEqual(loose.ends[loose.best - 1])
    expect(bits(loose.run.kept('best').weights)).toEqual(bits(tight.run.kept().weights))
    expect(bits(loose.run.kept().weights)).toEqual(bits(tight.run.kept('last').weights))
  })

  test('are kept in the checkpoint', async () => {
    const folder = await temporaryFolder()
    const project = cancerProject({ training: { epochs: 30, optimizer } })
    const { run } = await finishRun(project, { folder })
    const checkpoint = await readCheckpoint(folder, fingerprintOf(await prepare(project)))
    expect(bits(checkpoint?.best.get(null)?.weights ?? new Map())).toEqual(bits(run.kept('best').weights))
    const again = await startRun(project, { folder, resume: 'still' })
    await again.run.finished
    expect(bits(again.run.kept('best').weights)).toEqual(bits(run.kept('best').weights))
    expect(again.all('epoch')).toEqual([])
  })

  test('are refused in a sentence where nothing says which epoch was best', async () => {
    const { run } = await finishRun(cancerProject({ data: { validationFraction: 0 }, training: { epochs: 1 } }))
    expect(() => run.kept('best')).toThrow(
      'No epoch is known to be the best so far; keep rows for validation, or let a rule watch a number, and train.',
    )
  })
})

test('what was not trained cannot be taken up', async () => {
  await expect(startRun(cancerProject(), { resume: 'still' })).rejects.toThrow(/another project, other settings/)
})
