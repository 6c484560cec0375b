/** Techniques that reach beyond the steps: statistics taken anew when a run ends, drawn rows and made rows. */
import { describe, expect, test } from 'vitest'
import { permutation } from '#engine/random.ts'
import type { Project, Setting } from '#engine/project/project.ts'
import { fingerprintOf } from '#main/trainer/run/prepare.ts'
import type { Tensors } from '#main/trainer/run/state.ts'
import { cancerProject, chain, setting } from '../trainer/projects.ts'
import { bits, finishRun, interrupted, prepare, startRun } from '../trainer/runs.ts'

const numbersOf = (weights: Tensors, name: string): Float32Array => {
  const tensor = weights.get(name)
  if (!tensor) throw new Error(`no ${name}`)
  return tensor.data
}

describe('stochastic weight averaging with batch normalization', () => {
  const units = 6
  const layers = [
    setting('dense', { units }),
    setting('batchNormalization', { momentum: 0.9 }),
    setting('dense', { units: 1, activation: 'sigmoid' }),
  ]
  const training = { epochs: 4, optimizer: setting('sgd', { learningRate: 0.25, momentum: 0.9 }) }
  const averaging = (params: Setting['params'], more: readonly Setting[] = layers): Project =>
    cancerProject({
      graph: chain(...more),
      training: { ...training, regularizers: [setting('stochasticWeightAverage', params)] },
    })
  const [mean, variance] = ['batchNormalization2/movingMean', 'batchNormalization2/movingVariance']

  /** What batches of training rows show behind the first layer: their means, weighed by their rows. */
  async function statisticsOf(project: Project, weights: Tensors) {
    const { train, batch } = await prepare(project)
    const x = train.feeds['x']
    if (!(x?.data instanceof Float32Array)) throw new Error('no rows')
    const { data } = x
    const [kernel, bias] = [numbersOf(weights, 'dense1/kernel'), numbersOf(weights, 'dense1/bias')]
    const width = kernel.length / units
    const outputs = Array.from(permutation(train.rows, project.training.seed, 'refresh'), (row) =>
      Array.from(bias, (b, unit) =>
        data
          .subarray(row * width, (row + 1) * width)
          .reduce((sum, value, k) => sum + value * kernel[k * units + unit]!, b),
      ),
    )
    const means = new Array<number>(units).fill(0)
    const variances = new Array<number>(units).fill(0)
    for (let from = 0; from < outputs.length; from += batch) {
      const rows = outputs.slice(from, from + batch)
      for (let unit = 0; unit < units; unit++) {
        const own = rows.reduce((sum, row) => sum + row[unit]!, 0) / rows.length
        const squares = rows.reduce((sum, row) => sum + (row[unit]! - own) ** 2, 0)
        means[unit]! += (own * rows.length) / outputs.length
        variances[unit]! += squares / outputs.length
      }
    }
    return { means, variances }
  }

  test('keeps the averages with the statistics that training rows show behind them', async () => {
    const project = averaging({ start: 0.5 })
    const { run } = await finishRun(project)
    const { weights } = run.kept()
    const plain = await finishRun(cancerProject({ graph: chain(...layers), training }))
    const last = plain.run.kept().weights
    expect(bits(weights)['dense1/kernel']).not.toEqual(bits(last)['dense1/kernel'])
    const { means, variances } = await statisticsOf(project, weights)
    for (let unit = 0; unit < units; unit++) {
      expect(numbersOf(weights, mean)[unit]).toBeCloseTo(means[unit]!, 4)
      expect(numbersOf(weights, variance)[unit]! / variances[unit]!).toBeCloseTo(1, 4)
      expect(Math.abs(numbersOf(last, variance)[unit]! / variances[unit]! - 1)).toBeGreaterThan(1e-3)
    }
  })

  test('reports the weights it keeps', async () => {
    const { run, all } = await finishRun(averaging({ start: 0.5 }))
    const summary = all('ended')[0]?.weights.find(({ name }) => name === variance)
    expect(summary?.norm).toBeCloseTo(Math.hypot(...numbersOf(run.kept().weights, variance)), 4)
  })

  test('goes on to the same bits after an interruption', async () => {
    const project = averaging({ start: 0.5 }, [layers[0]!, layers[1]!, setting('dropout', { rate: 0.25 }), layers[2]!])
    const whole = await finishRun(project)
    for (const after of [20, 40]) {
      const resumed = await interrupted(project, after)
      expect(bits(resumed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
    }
  })

  test('changes nothing in a run that ends before it has begun', async () => {
    const project = averaging({ start: 0.75 })
    const stopAfterTwo = async (of: Project) => {
      const { run } = await startRun(of, {
        react: (message, current) => {
          if (message.type === 'epoch' && message.epoch === 2) void current().stop()
        },
      })
      await run.finished
      return bits(run.kept().weights)
    }
    expect(await stopAfterTwo(project)).toEqual(
      await stopAfterTwo(cancerProject({ graph: chain(...layers), training })),
    )
  })

  test('gives its weights away while the run goes on, which does not mind', async () => {
    const project = averaging({ start: 0.25 })
    const whole = await finishRun(project)
    const observed = await startRun(project, { sliceLength: () => 1 })
    while (observed.all('epoch').length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
    await observed.run.pause()
    const taken = await observed.run.taken()
    const { means } = await statisticsOf(project, taken.weights)
    means.forEach((expected, unit) => expect(numbersOf(taken.weights, mean)[unit]).toBeCloseTo(expected, 4))
    observed.run.resume()
    await observed.run.finished
    expect(bits(observed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
  })

  test('takes statistics anew behind layers that are random and convolutions as well', async () => {
    const images = cancerProject({
      graph: {
        ...chain(
          setting('dropout', { rate: 0.25 }),
          setting('conv2D', { filters: 4, kernelSize: [3, 3] }),
          setting('batchNormalization'),
          setting('flatten'),
          setting('dense', { units: 10, activation: 'softmax' }),
        ),
      },
      data: { source: 'sample:digits.csv', validationFraction: 0.8 },
      training: {
        ...training,
        loss: setting('sparseCategoricalCrossentropy'),
        regularizers: [setting('stochasticWeightAverage', { start: 0.5 })],
      },
    })
    const [input, ...others] = images.graph.nodes
    const project = {
      ...images,
      graph: { ...images.graph, nodes: [{ ...input!, params: { shape: [8, 8, 1] } }, ...others] },
    }
    const [one, two] = [await finishRun(project), await finishRun(project)]
    const name = 'batchNormalization3/movingVariance'
    expect(numbersOf(one.run.kept().weights, name).every((each) => each > 0 && each !== 1)).toBe(true)
    expect(bits(two.run.kept().weights)).toEqual(bits(one.run.kept().weights))
  })
})

/** A network that says class 0 to every row and learns nothing, so that its accuracy is the share of that class. */
const mute = (...regularizers: readonly Setting[]): Project =>
  cancerProject({
    graph: chain(setting('dense', { units: 1, activation: 'sigmoid', kernelInitializer: setting('zeros') })),
    training: { epochs: 2, optimizer: setting('sgd', { learningRate: 0 }), regularizers },
  })

describe('balanced sampling', () => {
  const sampling = setting('balancedSampling')

  test('shows each class equally often in every epoch, and leaves the rows that are measured alone', async () => {
    const { all, run } = await finishRun(mute(sampling))
    const [plain] = (await finishRun(mute())).all('epoch')
    expect(plain?.train['accuracy']).toBeGreaterThan(0.6)
    expect(run.info.rows.train).toBe(455)
    for (const { train, validation, trainInference } of all('epoch')) {
      expect(Math.round((train['accuracy'] ?? 0) * 455)).toSatisfy((count) => count === 227 || count === 228)
      expect(validation?.['accuracy']).toBe(plain?.validation?.['accuracy'])
      expect(trainInference?.['accuracy']).toBe(plain?.trainInference?.['accuracy'])
    }
  })

  test('goes on to the same bits after an interruption', async () => {
    const project = cancerProject({ training: { epochs: 3, regularizers: [sampling] } })
    const whole = await finishRun(project)
    const resumed = await interrupted(project, 20)
    expect(bits(resumed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
    const plain = await finishRun(cancerProject({ training: { epochs: 3 } }))
    expect(bits(plain.run.kept().weights)).not.toEqual(bits(whole.run.kept().weights))
  })

  test('is part of what a checkpoint fits', async () => {
    const fingerprints = await Promise.all(
      [mute(), mute(sampling), mute(setting('balancedSampling', { draws: 'independent' }))].map(async (project) =>
        fingerprintOf(await prepare(project)),
      ),
    )
    expect(new Set(fingerprints).size).toBe(3)
  })
})

describe('SMOTE', () => {
  test('adds rows of the rare class to those that train, and to no others', async () => {
    const { all, run } = await finishRun(mute(setting('smote')))
    const plain = await finishRun(mute())
    expect(run.info.rows).toEqual({ train: 570, validation: 114 })
    const [epoch] = all('epoch')
    expect(epoch?.train['accuracy']).toBeCloseTo(0.5, 6)
    expect(epoch?.validation).toEqual(plain.all('epoch')[0]?.validation)
    expect(epoch?.trainInference).toEqual(plain.all('epoch')[0]?.trainInference)
  })

  test('tells techniques that weigh classes how many rows each has in the end', async () => {
    const { shape, classes, tableRows, train } = await prepare(mute(setting('smote'), setting('balancedSampling')))
    expect(shape.counts).toEqual([285, 285])
    expect([tableRows, train.rows, classes?.length]).toEqual([455, 570, 570])
    expect(classes?.filter((own) => own === 0).length).toBe(285)
    expect(Array.from(classes ?? [])).toEqual(Array.from(train.feeds['y']?.data ?? [], Number))
  })

  test('goes on to the same bits after an interruption', async () => {
    const project = cancerProject({ training: { epochs: 3, regularizers: [setting('smote')] } })
    const whole = await finishRun(project)
    const resumed = await interrupted(project, 20)
    expect(bits(resumed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
  })
})

test.each(['sharpnessAware', 'adaptiveClipping', 'gradientNoise', 'gradualUnfreezing'])(
  'a run with %s goes on to the same bits after an interruption',
  async (kind) => {
    const project = cancerProject({ training: { epochs: 3, regularizers: [setting(kind)] } })
    const whole = await finishRun(project)
    const resumed = await interrupted(project, 20)
    expect(bits(resumed.run.kept().weights)).toEqual(bits(whole.run.kept().weights))
    const plain = await finishRun(cancerProject({ training: { epochs: 3 } }))
    expect(bits(plain.run.kept().weights)).not.toEqual(bits(whole.run.kept().weights))
  },
)
