import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exportModel } from '#engine/compile/exportModel.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import type { Project } from '#engine/project/project.ts'
import { exportTrained } from '#main/trainer/export.ts'
import { predict } from '#main/trainer/predict.ts'
import { TableSource } from '#main/trainer/data/source.ts'
import { Session } from '#main/trainer/session.ts'
import type { Trained } from '#main/trainer/trained.ts'
import { cancerProject, chain, dataSettings, samples, setting, temporaryFolder } from '../trainer/projects.ts'
import { finishRun, type Observed, quiet } from '../trainer/runs.ts'

function trainedOf({ run }: Observed): Trained {
  const { weights, epoch } = run.kept()
  return { prepared: run.prepared, weights, epoch, live: run.live }
}

const iris = (): Project =>
  cancerProject({
    graph: chain(
      setting('dense', { units: 8, activation: 'tanh' }),
      setting('dense', { units: 3, activation: 'softmax' }),
    ),
    data: { source: 'sample:iris.csv' },
    training: { loss: setting('sparseCategoricalCrossentropy'), epochs: 20 },
  })

const diabetes = (): Project =>
  cancerProject({
    graph: chain(setting('dense', { units: 8, activation: 'relu' }), setting('dense', { units: 1 })),
    data: { source: 'sample:diabetes.csv' },
    training: {
      loss: setting('meanSquaredError'),
      metrics: [],
      optimizer: setting('adam', { learningRate: 0.1 }),
      epochs: 10,
    },
  })

/** Numbers with gaps and a category, in a folder of its own. */
async function mixedTable(): Promise<string> {
  const path = join(await temporaryFolder(), 'mixed.csv')
  const lines = Array.from({ length: 120 }, (_, row) => {
    const age = row % 11 === 0 ? '' : (row * 7) % 50
    return `${age},${['red', 'green', 'blue'][row % 3]},${row % 13},${(row * 7) % 50 > 25 ? 'yes' : 'no'}`
  })
  await writeFile(path, ['age,color,size,answer', ...lines].join('\n'))
  return path
}

const mixed = (source: string): Project => cancerProject({ data: { ...dataSettings, source } })

describe('an exported model', () => {
  test.each([
    ['two classes', cancerProject],
    ['three classes', iris],
    ['a quantity', diabetes],
  ])('of %s computes what the trainer computes, and says so itself', async (_, project) => {
    const trained = trainedOf(await finishRun(project()))
    const path = join(await temporaryFolder(), 'model.onnx')
    const exported = await exportTrained(trained, { path, opset: 15 }, quiet)
    expect(exported.parity).toMatchObject({ passed: true })
    expect(exported.parity.rows).toBeGreaterThanOrEqual(64)
    expect(exported.opset).toBe(15)
    const { metadata } = decodeModel(await readFile(path))
    expect(JSON.parse(metadata['espalier.parity'] ?? '')).toEqual(exported.parity)
    expect(exported.bytes).toBe((await readFile(path)).length)
  })

  test('carries what it was made from: the project, the seed, the data, and how well it does', async () => {
    const project = cancerProject()
    const observed = await finishRun(project)
    const folder = await temporaryFolder()
    await exportTrained(trainedOf(observed), { path: join(folder, 'model.onnx'), opset: 15 }, quiet)
    const { metadata } = decodeModel(await readFile(join(folder, 'model.onnx')))
    const said = (key: string): Record<string, unknown> => JSON.parse(metadata[`espalier.${key}`] ?? 'null')
    expect(said('project')['graph']).toEqual(project.graph)
    expect(said('project')['training']).toEqual(project.training)
    expect(said('training')).toMatchObject({ seed: project.training.seed, epochs: project.training.epochs })
    const file = await readFile(join(samples, 'breast_cancer.csv'))
    expect(said('data')['sha256']).toBe(createHash('sha256').update(file).digest('hex'))
    const last = observed.all('epoch').at(-1)?.validation ?? {}
    expect(Object.keys(said('validation'))).toEqual(Object.keys(last))
    for (const [name, value] of Object.entries(last)) expect(said('validation')[name]).toBeCloseTo(Number(value), 6)
    expect(await readdir(folder)).toEqual(['model.onnx'])
  })

  test('takes raw columns with gaps and text, and proves those too', async () => {
    const trained = trainedOf(await finishRun(mixed(await mixedTable())))
    const path = join(await temporaryFolder(), 'model.onnx')
    const { parity } = await exportTrained(trained, { path, opset: 15 }, quiet)
    expect(parity).toMatchObject({ passed: true, labelAgreement: 1 })
  })

  test.each([12, 13, 17, 21])('can be written for opset %i', async (opset) => {
    const trained = trainedOf(await finishRun(cancerProject({ training: { epochs: 1 } })))
    const path = join(await temporaryFolder(), 'model.onnx')
    const exported = await exportTrained(trained, { path, opset }, quiet)
    expect(exported).toMatchObject({ opset, note: null, parity: { passed: true } })
  })

  test('has no Dropout and keeps the weights to the last bit', async () => {
    const trained = trainedOf(await finishRun(cancerProject()))
    const path = join(await temporaryFolder(), 'model.onnx')
    await exportTrained(trained, { path, opset: 15 }, quiet)
    const { graph } = decodeModel(await readFile(path))
    for (const [name, { data }] of trained.weights) expect(graph.initializers.get(name)?.data).toEqual(data)
    expect(graph.nodes.some(({ op }) => op.startsWith('Random') || op === 'Dropout')).toBe(false)
  })
})

describe('the parity gate', () => {
  /** The compiler's export with one weight a little off. */
  const tampered: typeof exportModel = (project, options) => {
    const weights = new Map<string, Tensor>(options.weights)
    const kernel = weights.get('dense1/kernel')
    if (!kernel) throw new Error('no kernel to tamper with')
    const data = Float32Array.from(kernel.data as Float32Array)
    data[3] = (data[3] ?? 0) + 0.05
    weights.set('dense1/kernel', { ...kernel, data })
    return exportModel(project, { ...options, weights })
  }

  test('refuses a file that computes something else, names rows, and leaves nothing behind', async () => {
    const trained = trainedOf(await finishRun(cancerProject()))
    const folder = await temporaryFolder()
    const path = join(folder, 'model.onnx')
    await expect(exportTrained(trained, { path, opset: 15 }, quiet, tampered)).rejects.toMatchObject({
      failure: {
        code: 'parity',
        message: expect.stringMatching(/breast_cancer\.csv, lines \d+, \d+, \d+ and \d+ more/),
      },
    })
    expect(await readdir(folder)).toEqual([])
  })

  test('leaves an older file of that name as it was', async () => {
    const trained = trainedOf(await finishRun(cancerProject({ training: { epochs: 1 } })))
    const path = join(await temporaryFolder(), 'model.onnx')
    await exportTrained(trained, { path, opset: 15 }, quiet)
    const before = await readFile(path)
    await expect(exportTrained(trained, { path, opset: 15 }, quiet, tampered)).rejects.toThrow('nothing was written')
    expect((await readFile(path)).equals(before)).toBe(true)
  })

  test('refuses preprocessing that standardizes twice', async () => {
    const trained = trainedOf(await finishRun(iris()))
    const path = join(await temporaryFolder(), 'model.onnx')
    const twice: typeof exportModel = (project, options) => {
      const columns = options.preprocessing.columns.map((column) =>
        column.type === 'number' ? { ...column, mean: 2 * column.mean } : column,
      )
      return exportModel(project, { ...options, preprocessing: { ...options.preprocessing, columns } })
    }
    await expect(exportTrained(trained, { path, opset: 15 }, quiet, twice)).rejects.toMatchObject({
      failure: { code: 'parity' },
    })
  })

  test('says where there is no folder to write to', async () => {
    const trained = trainedOf(await finishRun(cancerProject({ training: { epochs: 1 } })))
    await expect(exportTrained(trained, { path: '/nowhere/model.onnx', opset: 15 }, quiet)).rejects.toMatchObject({
      failure: { code: 'missing', message: 'There is no folder /nowhere; create it or export somewhere else.' },
    })
  })
})

test('proximal L1 gives exact zeros, as many in the file as the workbench shows', async () => {
  const l1 = setting('l1', { strength: 0.02, form: 'proximal' })
  const observed = await finishRun(
    cancerProject({
      graph: chain(
        setting('dense', { units: 16, activation: 'relu', kernelRegularizers: [l1] }),
        setting('dense', { units: 1, activation: 'sigmoid' }),
      ),
      training: { epochs: 40, optimizer: setting('adam', { learningRate: 0.01 }) },
    }),
  )
  const path = join(await temporaryFolder(), 'model.onnx')
  const exported = await exportTrained(trainedOf(observed), { path, opset: 15 }, quiet)
  const shown = observed.all('ended')[0]?.weights ?? []
  const zeros = shown.reduce((sum, weight) => sum + weight.zeros, 0)
  expect(shown.find(({ name }) => name === 'dense1/kernel')?.zeros).toBeGreaterThan(50)
  expect(exported.zeros).toBe(zeros)
  const kernel = decodeModel(await readFile(path)).graph.initializers.get('dense1/kernel')?.data as Float32Array
  expect(kernel.filter((value) => value === 0).length).toBe(shown.find(({ name }) => name === 'dense1/kernel')?.zeros)
})

describe('predicting from a file', () => {
  const tables = new TableSource(samples)

  async function exportedModel(project: Project): Promise<string> {
    const path = join(await temporaryFolder(), 'model.onnx')
    await exportTrained(trainedOf(await finishRun(project)), { path, opset: 15 }, quiet)
    return path
  }

  test('gives label and probabilities of every row, whatever the order of columns', async () => {
    const model = await exportedModel(iris())
    const data = join(await temporaryFolder(), 'flowers.csv')
    await writeFile(
      data,
      'petal_width_cm,note,petal_length_cm,sepal_width_cm,sepal_length_cm\n0.2,x,1.4,3.5,5.1\n2.1,y,5.7,3,6.7\n',
    )
    const { rows, columns, csv } = await predict({ model, data, out: null }, tables, quiet)
    expect(rows).toBe(2)
    expect(columns).toEqual(['label', 'probability_setosa', 'probability_versicolor', 'probability_virginica'])
    const lines = (csv ?? '')
      .trim()
      .split('\n')
      .map((line) => line.split(','))
    expect(lines.map(([label]) => label)).toEqual(['label', 'setosa', 'virginica'])
    expect(lines[1]?.slice(1).reduce((sum, text) => sum + Number(text), 0)).toBeCloseTo(1, 5)
  })

  test('gives quantities under the name of their column, as the file itself computes them', async () => {
    const model = await exportedModel(diabetes())
    const out = join(await temporaryFolder(), 'out.csv')
    await predict({ model, data: join(samples, 'diabetes.csv'), out }, tables, quiet)
    const [header, first] = (await readFile(out, 'utf8')).split('\n')
    expect(header).toBe('progression')
    const session = await Session.create(await readFile(model), quiet)
    const row = Float32Array.of(59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87)
    const { prediction } = await session.run({ input: { dtype: 'float32', shape: [1, 10], data: row } })
    expect(Math.fround(Number(first))).toBe(prediction?.data[0])
  })

  test('names the column that is missing, the cell that is no number, and the file that is no model', async () => {
    const model = await exportedModel(iris())
    const folder = await temporaryFolder()
    const write = async (name: string, text: string) => {
      await writeFile(join(folder, name), text)
      return join(folder, name)
    }
    const ask = async (asked: string, data: string) => predict({ model: asked, data, out: null }, tables, quiet)
    await expect(ask(model, await write('short.csv', 'sepal_length_cm,sepal_width_cm\n1,2\n'))).rejects.toThrow(
      'short.csv has no column "petal_length_cm", which the model needs; it has sepal_length_cm, sepal_width_cm.',
    )
    const header = 'sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm'
    await expect(ask(model, await write('bad.csv', `${header}\n1,2,3,4\n1,wide,3,4\n`))).rejects.toThrow(
      'bad.csv, line 3, column "sepal_width_cm": "wide" is not a number; correct it or empty the cell.',
    )
    await expect(ask(await write('no.onnx', 'hello'), join(samples, 'iris.csv'))).rejects.toThrow('no.onnx')
    await expect(ask(join(folder, 'gone.onnx'), join(samples, 'iris.csv'))).rejects.toMatchObject({
      failure: { code: 'missing' },
    })
  })
})
