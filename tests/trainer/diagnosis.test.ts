import { describe, expect, test } from 'vitest'
import { createTrainer } from '#main/trainer/trainer.ts'
import { calibrate } from '#main/trainer/diagnosis/calibration.ts'
import { diagnoseClasses } from '#main/trainer/diagnosis/classes.ts'
import { compareNumbers } from '#main/trainer/diagnosis/numbers.ts'
import { rankRows } from '#main/trainer/diagnosis/ranking.ts'
import type { Project } from '#engine/project/project.ts'
import type { Diagnosis } from '#shared/diagnosis.ts'
import type { TrainerHandlers } from '#shared/trainer.ts'
import { cancerProject, chain, samples, setting, temporaryFolder } from './projects.ts'
import { quiet } from './runs.ts'

/** Trains a project to its end and gives the trainer that did. */
async function trained(project: Project): Promise<TrainerHandlers> {
  let finish = (): void => undefined
  const ended = new Promise<void>((resolve) => (finish = resolve))
  const trainer = createTrainer({
    samples,
    session: quiet,
    tell: ({ type }) => {
      if (type === 'ended' || type === 'failed') finish()
    },
  })
  await trainer['run.start']({ folder: samples, project, runFolder: await temporaryFolder(), resume: false })
  await ended
  return trainer
}

async function diagnosed(project: Project): Promise<{ trainer: TrainerHandlers; diagnosis: Diagnosis }> {
  const trainer = await trained(project)
  const diagnosis = await trainer['run.diagnose']({ output: null })
  if (!diagnosis) throw new Error('there is no diagnosis')
  return { trainer, diagnosis }
}

describe('curves', () => {
  // scikit-learn 1.x: roc_curve(drop_intermediate=False), roc_auc_score, precision_recall_curve, average_precision_score.
  const truth = [0, 0, 1, 1, 1, 0, 1, 0]
  const scores = [0.1, 0.4, 0.35, 0.8, 0.8, 0.8, 0.4, 0.05]

  test('are those of scikit-learn, rows of the same score together', () => {
    const { area, averagePrecision, roc, precisionRecall, positives } = rankRows('1', scores, (row) => truth[row] === 1)
    expect(positives).toBe(4)
    expect(area).toBeCloseTo(0.71875, 12)
    expect(averagePrecision).toBeCloseTo(0.65, 12)
    expect(roc).toEqual([
      [0, 0],
      [0.25, 0.5],
      [0.5, 0.75],
      [0.5, 1],
      [0.75, 1],
      [1, 1],
    ])
    expect(precisionRecall.slice(0, 3)).toEqual([
      [0.5, 2 / 3],
      [0.75, 0.6],
      [1, 4 / 6],
    ])
  })

  test('have no area where all rows are of the class, and take what is no number for the lowest score', () => {
    expect(rankRows('1', [0.5, 0.2], () => true).area).toBeNull()
    expect(rankRows('1', [0.5, Number.NaN, 0.2], (row) => row !== 1).area).toBe(1)
  })

  test('of very many rows keep their ends and few points', () => {
    const many = Array.from({ length: 5000 }, (_, row) => row / 5000)
    const { roc } = rankRows('1', many, (row) => row % 2 === 0)
    expect(roc.length).toBeLessThanOrEqual(240)
    expect([roc.at(0), roc.at(-1)]).toEqual([
      [0, 0],
      [1, 1],
    ])
  })
})

test('calibration is that of scikit-learn, with the mean distance weighed by rows', () => {
  // calibration_curve(truth, probabilities, n_bins=10)
  const probabilities = [0.05, 0.1, 0.12, 0.55, 0.6, 0.95, 0.99, 1]
  const truth = [0, 0, 1, 1, 0, 1, 1, 1]
  const { bins, error } = calibrate('1', probabilities, (row) => truth[row] === 1)
  expect(bins.map(({ rows }) => rows)).toEqual([2, 1, 2, 3])
  expect(bins.map(({ observed }) => observed)).toEqual([0, 1, 0.5, 1])
  const means = [0.075, 0.12, 0.575, 0.98]
  bins.forEach(({ predicted }, at) => expect(predicted).toBeCloseTo(means[at] ?? 0, 12))
  expect(error).toBeCloseTo((2 * 0.075 + 0.88 + 2 * 0.075 + 3 * 0.02) / 8, 12)
})

test('the class with the highest score is the one predicted, and scores that are no probabilities are not calibrated', () => {
  const values = Float32Array.of(0.2, 0.5, 0.3, 0.1, 0.2, 0.7, 0.6, 0.3, 0.1)
  const sure = diagnoseClasses(['a', 'b', 'c'], { values, probabilities: true }, [1, 2, 1])
  expect(sure.predicted).toEqual([1, 2, 0])
  expect(sure.scoreOfActual).toEqual([0.5, 0.7, 0.3].map(Math.fround))
  expect(sure.scoreOfPredicted).toEqual([0.5, 0.7, 0.6].map(Math.fround))
  expect(sure.rankings.map((ranking) => ranking.class)).toEqual(['a', 'b', 'c'])
  expect(diagnoseClasses(['a', 'b', 'c'], { values, probabilities: false }, [1, 2, 1]).calibration).toBeNull()
})

test('errors of numbers by hand', () => {
  const { rootMeanSquare, meanAbsolute, determination } = compareNumbers('y', [1, 2, 3, 6], [1, 3, 3, 4])
  expect(rootMeanSquare).toBeCloseTo(Math.sqrt(5 / 4), 12)
  expect(meanAbsolute).toBe(0.75)
  expect(determination).toBeCloseTo(1 - 5 / 14, 12)
  expect(compareNumbers('y', [2, 2], [1, 2]).determination).toBeNull()
})

describe('a run is diagnosed', () => {
  test('on its validation rows: what is predicted agrees with the accuracy measured, and rows come as the file has them', async () => {
    const { trainer, diagnosis } = await diagnosed(cancerProject())
    const { result, rows, of, part, boundary } = diagnosis
    expect([part, of, boundary]).toEqual(['validation', rows.length, null])
    if (result.kind !== 'classes') throw new Error('classes are predicted')
    const right = result.actual.filter((own, row) => own === result.predicted[row]).length / rows.length
    const report = await trainer['run.report'](null)
    expect(right).toBeCloseTo(report?.gap?.validation['accuracy'] ?? 0, 5)
    expect(result.rankings[0]?.area).toBeGreaterThan(0.9)
    const [first = 0, second = 0] = rows
    const shown = await trainer['run.rows']({ rows: [second, first, 1e6] })
    expect(shown.rows.map(({ row, line }) => [row, line])).toEqual([
      [second, second + 2],
      [first, first + 2],
    ])
    expect(shown.rows[1]?.cells.at(-1)).toBe(result.classes[result.actual[0] ?? 0])
  })

  test('with the decision boundary where it reads two numbers', async () => {
    const ignored = ['sepal_length_cm', 'sepal_width_cm']
    const { diagnosis } = await diagnosed(
      cancerProject({
        graph: chain(
          setting('dense', { units: 8, activation: 'tanh' }),
          setting('dense', { units: 3, activation: 'softmax' }),
        ),
        data: {
          source: 'sample:iris.csv',
          columns: Object.fromEntries(ignored.map((name) => [name, { role: 'ignore' as const }])),
        },
        training: { loss: setting('sparseCategoricalCrossentropy'), epochs: 60, batchSize: 8 },
      }),
    )
    const { boundary, result } = diagnosis
    if (!boundary || result.kind !== 'classes') throw new Error('there is no boundary')
    expect(boundary.values.length).toBe(boundary.size ** 2)
    // The nearest point of the grid mostly says what is predicted for the row itself.
    const place = ({ from, to }: typeof boundary.x, value: number) =>
      Math.round(((value - from) / (to - from)) * (boundary.size - 1))
    const same = result.predicted.filter((own, row) => {
      const [x = 0, y = 0] = [boundary.rows.x[row], boundary.rows.y[row]]
      return boundary.values[place(boundary.y, y) * boundary.size + place(boundary.x, x)] === own
    })
    expect(same.length / result.predicted.length).toBeGreaterThan(0.9)
    expect(new Set(boundary.values).size).toBe(3)
  })

  test('with the kernels of its first convolution as images, each filter by itself', async () => {
    const trainer = await trained(
      cancerProject({
        graph: chain(
          setting('reshape', { shape: [5, 6, 1] }),
          setting('conv2D', { filters: 3, kernelSize: [2, 3] }),
          setting('flatten'),
          setting('dense', { units: 1, activation: 'sigmoid' }),
        ),
        training: { epochs: 1 },
      }),
    )
    const filters = await trainer['run.filters'](null)
    expect(filters).toMatchObject({ weight: 'conv2D2/kernel', height: 2, width: 3, channels: 1, of: 3 })
    const report = await trainer['run.report'](null)
    const norm = Math.hypot(...(filters?.filters.flat() ?? []))
    expect(norm).toBeCloseTo(report?.weights.find(({ name }) => name === 'conv2D2/kernel')?.norm ?? 0, 5)
    const history = await trainer['run.history'](null)
    expect(history?.weights.find(({ name }) => name === 'conv2D2/kernel')?.moments[0]?.gradientNorm).toBeGreaterThan(0)
  })

  test('with residuals where numbers are predicted', async () => {
    const { trainer, diagnosis } = await diagnosed(
      cancerProject({
        graph: chain(setting('dense', { units: 8, activation: 'relu' }), setting('dense', { units: 1 })),
        data: { source: 'sample:diabetes.csv' },
        training: { loss: setting('meanSquaredError'), metrics: [] },
      }),
    )
    const { result } = diagnosis
    if (result.kind !== 'numbers') throw new Error('numbers are predicted')
    const report = await trainer['run.report'](null)
    const [column] = result.columns
    const measured = report?.gap?.validation['data'] ?? 0
    expect((column?.rootMeanSquare ?? 0) ** 2 / measured).toBeCloseTo(1, 3)
  })
})
