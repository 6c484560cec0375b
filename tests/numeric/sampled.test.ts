import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Papa from 'papaparse'
import { describe, expect, test } from 'vitest'
import type { Project, Setting } from '#engine/project/project.ts'
import { TableSource } from '#main/trainer/data/source.ts'
import { exportTrained } from '#main/trainer/export.ts'
import { predict } from '#main/trainer/predict.ts'
import { initialWeights } from '#main/trainer/run/weights.ts'
import { sum } from '../support/reals.ts'
import { cancerProject, chain, samples, setting, temporaryFolder } from '../trainer/projects.ts'
import { prepare, quiet } from '../trainer/runs.ts'

const tables = new TableSource(samples)

/** A project as it is before its first step, exported: its path, its numbers and how it predicts. */
async function exported(project: Project, live: Readonly<Record<string, number>> = {}) {
  const prepared = await prepare(project)
  const weights = initialWeights(prepared.program.weights, project.training.seed, null)
  const path = join(await temporaryFolder(), 'model.onnx')
  await exportTrained({ prepared, weights, epoch: 0, live }, { path, opset: 15 }, quiet)
  const answer = async (data: string, sampling?: { count: number; seed: number | null }) => {
    const { csv } = await predict({ model: path, data, out: null, ...(sampling ? { sampling } : {}) }, tables, quiet)
    return csv ?? ''
  }
  return { prepared, weights, path, answer }
}

const rowsOf = (csv: string) => Papa.parse<Record<string, string>>(csv.trim(), { header: true }).data

const quantity = (...layers: readonly Setting[]): Project =>
  cancerProject({
    graph: chain(...layers, setting('dense', { units: 1, biasInitializer: setting('randomNormal') })),
    data: { source: 'sample:diabetes.csv' },
    training: { loss: setting('meanSquaredError'), metrics: [] },
  })

const kinds = (fromLogits: boolean, ...layers: readonly Setting[]): Project =>
  cancerProject({
    graph: chain(...layers, setting('dense', { units: 3, activation: fromLogits ? 'linear' : 'softmax' })),
    data: { source: 'sample:iris.csv' },
    training: { loss: setting('sparseCategoricalCrossentropy', { fromLogits }), metrics: [] },
  })

describe('sampled predictions of a linear model behind dropout', () => {
  const rate = 0.3
  const linear = (live = {}) => exported(quantity(setting('dropout', { rate })), live)
  const data = 'sample:diabetes.csv'

  test('have the mean of the model, and the deviation that follows from rate and weights', async () => {
    const { prepared, weights, answer } = await linear()
    const count = 3000
    const drawn = rowsOf(await answer(data, { count, seed: 1 }))
    const plain = rowsOf(await answer(data))
    const kernel = weights.get('dense2/kernel')!.data
    const { columns } = prepared.dataset.preprocessing
    const table = rowsOf(await readFile(join(samples, 'diabetes.csv'), 'utf8'))
    drawn.slice(0, 40).forEach((row, index) => {
      const x = columns.map((column) =>
        column.type === 'number' ? (Number(table[index]![column.name]) - column.mean) / column.deviation : Number.NaN,
      )
      // Var Σ wⱼ xⱼ mⱼ / (1 − rate) = Σ (wⱼ xⱼ)² rate / (1 − rate)
      const variance = sum(x.map((value, j) => (value * kernel[j]!) ** 2)) * (rate / (1 - rate))
      const [mean, deviation, predicted] = [
        row['progression'],
        row['progression_deviation'],
        plain[index]!['progression'],
      ].map(Number)
      expect(Math.abs(mean! - predicted!)).toBeLessThan(5 * Math.sqrt(variance / count))
      expect(deviation! / Math.sqrt(variance)).toBeGreaterThan(0.9)
      expect(deviation! / Math.sqrt(variance)).toBeLessThan(1.1)
    })
  })

  test('are the same bits for the same seed, the training’s own where none is given, and others for another', async () => {
    const { answer } = await linear()
    const first = await answer(data, { count: 5, seed: 3 })
    expect(await answer(data, { count: 5, seed: 3 })).toBe(first)
    expect(await answer(data, { count: 5, seed: 4 })).not.toBe(first)
    expect(await answer(data, { count: 5, seed: null })).toBe(await answer(data, { count: 5, seed: 7 }))
  })

  test('take the rate as it was when training ended', async () => {
    const { answer } = await linear({ 'dropout1.rate': 0 })
    const [plain, drawn] = [rowsOf(await answer(data)), rowsOf(await answer(data, { count: 3, seed: 1 }))]
    drawn.forEach((row, index) => {
      expect(Number(row['progression_deviation'])).toBeLessThan(1e-4)
      expect(Number(row['progression'])).toBeCloseTo(Number(plain[index]!['progression']), 3)
    })
  })
})

test('sampled predictions of a row are the same whichever rows come after it, and differ from row to row', async () => {
  const digits = cancerProject({
    graph: chain(setting('gaussianNoise'), setting('dense', { units: 10, activation: 'softmax' })),
    data: { source: 'sample:digits.csv' },
    training: { loss: setting('sparseCategoricalCrossentropy'), metrics: [] },
  })
  const { answer } = await exported(digits)
  const lines = (await readFile(join(samples, 'digits.csv'), 'utf8')).split('\n')
  const row = lines[1]!
  const few = join(await temporaryFolder(), 'few.csv')
  await writeFile(few, [...lines.slice(0, 1200), row, row].join('\n'))
  const sampling = { count: 3, seed: 9 }
  const [all, first] = [await answer('sample:digits.csv', sampling), await answer(few, sampling)]
  const drawn = first.trim().split('\n')
  expect(drawn.slice(0, 1200)).toEqual(all.split('\n').slice(0, 1200))
  // The first row again, in the second batch.
  expect(new Set([drawn[1], ...drawn.slice(-2)]).size).toBe(3)
})

describe('sampled predictions of classes', () => {
  test.each([false, true])(
    'are probabilities with a deviation each, and the label of the largest; from logits: %s',
    async (fromLogits) => {
      const model = await exported(kinds(fromLogits, setting('gaussianDropout', { rate: 0.5 })))
      const csv = await model.answer('sample:iris.csv', { count: 400, seed: 2 })
      const classes = ['setosa', 'versicolor', 'virginica']
      expect(csv.split('\n')[0]).toBe(
        ['label', ...classes.flatMap((each) => [`probability_${each}`, `probability_${each}_deviation`])].join(','),
      )
      for (const row of rowsOf(csv)) {
        const means = classes.map((each) => Number(row[`probability_${each}`]))
        expect(sum(means)).toBeCloseTo(1, 5)
        expect(row['label']).toBe(classes[means.indexOf(Math.max(...means))])
        for (const each of classes) {
          const deviation = Number(row[`probability_${each}_deviation`])
          expect(deviation).toBeGreaterThan(0)
          expect(deviation).toBeLessThan(0.5)
        }
      }
    },
  )

  test('of two classes stand for both', async () => {
    const model = await exported(cancerProject())
    const rows = rowsOf(await model.answer('sample:breast_cancer.csv', { count: 20, seed: 1 }))
    for (const row of rows) {
      const [label, first, firstDeviation, second, secondDeviation] = Object.values(row)
      expect(Number(first) + Number(second)).toBeCloseTo(1, 5)
      expect(firstDeviation).toBe(secondDeviation)
      expect(label).toBe(Object.keys(row)[Number(second) > Number(first) ? 3 : 1]!.replace('probability_', ''))
    }
  })
})

test('every layer of noise is sampled, and so is the dropout inside recurrent and attention layers', async () => {
  const shaped = [setting('reshape', { shape: [2, 2, 1] }), setting('conv2D', { filters: 2, kernelSize: [1, 1] })]
  const noisy: readonly (readonly Setting[])[] = [
    [setting('alphaDropout')],
    [setting('gaussianNoise')],
    [...shaped, setting('spatialDropout2D'), setting('flatten')],
    [...shaped, setting('dropBlock', { blockSize: 1, rate: 0.4 }), setting('flatten')],
    [setting('reshape', { shape: [4, 1] }), setting('spatialDropout1D'), setting('flatten')],
    [setting('reshape', { shape: [4, 1] }), setting('lstm', { units: 3, dropout: 0.5 })],
    [setting('reshape', { shape: [4, 1] }), setting('attention', { dropout: 0.5 }), setting('flatten')],
  ]
  for (const layers of noisy) {
    const model = await exported(kinds(false, ...layers))
    const rows = rowsOf(await model.answer('sample:iris.csv', { count: 10, seed: 2 }))
    const random = rows.filter((row) => Number(row['probability_setosa_deviation']) > 0)
    expect(random.length / rows.length, layers.map(({ kind }) => kind).join()).toBeGreaterThan(0.9)
  }
})

test('where nothing is random there is nothing to sample: augmentation and a recurrent layer without dropout do not count', async () => {
  const still = [
    [],
    [setting('jitter'), setting('swapNoise')],
    [setting('batchNormalization')],
    [setting('reshape', { shape: [4, 1] }), setting('lstm', { units: 3 })],
  ]
  for (const layers of still) {
    const model = await exported(kinds(false, ...layers))
    await expect(model.answer('sample:iris.csv', { count: 10, seed: 2 })).rejects.toThrow(
      'No layer of model.onnx is random, so every sample of its predictions would be the same; train it with Dropout or another layer of noise first.',
    )
  }
})
