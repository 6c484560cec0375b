/** Several Inputs, several outputs, blocks, shared and frozen layers, from the table to the exported file. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DataSettings, Project, ProjectNode, Setting, Wire } from '#engine/project/project.ts'
import { TableSource } from '#main/trainer/data/source.ts'
import { exportTrained } from '#main/trainer/export.ts'
import { predict } from '#main/trainer/predict.ts'
import { cancerProject, dataSettings, samples, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, prepare, quiet } from '../trainer/runs.ts'

const position = { x: 0, y: 0 }
const node = (name: string, kind: string, params: Setting['params'] = {}): ProjectNode => ({
  name,
  kind,
  params,
  position,
})
const wires = (...pairs: readonly string[]): Wire[] =>
  pairs.map((pair) => {
    const [from = '', to = ''] = pair.split('>')
    return { from, to }
  })

/** Two measures and a color in, a price and a kind out. */
async function shop(): Promise<string> {
  const path = join(await temporaryFolder(), 'shop.csv')
  const lines = Array.from({ length: 160 }, (_, row) => {
    const [width, height] = [(row * 7) % 23, (row * 5) % 17]
    const color = ['red', 'green', 'blue'][row % 3]
    const kind = width > height ? 'flat' : row % 3 === 0 ? 'tall' : 'plain'
    return `${width},${height},${color},${width * 2 + height},${kind}`
  })
  await writeFile(path, ['width,height,color,price,kind', ...lines].join('\n'))
  return path
}

const columns: DataSettings['columns'] = {
  color: { node: 'look' },
  price: { role: 'target', node: 'priceOut' },
  kind: { role: 'target', node: 'kindOut' },
}

async function shopProject(changes: Partial<DataSettings> = {}): Promise<Project> {
  return {
    ...cancerProject({
      data: { ...dataSettings, source: await shop(), columns, ...changes },
      training: {
        loss: setting('meanSquaredError'),
        optimizer: setting('adam', { learningRate: 0.05 }),
        metrics: [],
        regularizers: [setting('earlyStopping', { monitor: 'validation/kindOut/accuracy', patience: 50 })],
        outputs: {
          kindOut: { loss: setting('sparseCategoricalCrossentropy'), metrics: [setting('accuracy')], weight: 20 },
        },
        epochs: 30,
      },
    }),
    graph: {
      nodes: [
        node('size', 'input'),
        node('look', 'input'),
        {
          ...node('trunk', 'block'),
          block: {
            nodes: [
              node('a', 'input'),
              node('b', 'input'),
              node('left', 'dense', { units: 8, activation: 'tanh' }),
              node('right', 'dense', { units: 8 }),
              node('sum', 'add'),
            ],
            wires: wires('a>left', 'b>right', 'left>sum', 'right>sum'),
          },
        },
        node('priceOut', 'dense', { units: 1 }),
        node('kindOut', 'dense', { units: 3, activation: 'softmax' }),
      ],
      wires: wires('size>trunk', 'look>trunk', 'trunk>priceOut', 'trunk>kindOut'),
    },
  }
}

describe('a network with two Inputs and two outputs', () => {
  test('learns both, reports each apart, and weighs them in the loss', async () => {
    const { all } = await finishRun(await shopProject())
    const epochs = all('epoch')
    const { train } = epochs.at(-1) ?? expect.fail('no epoch')
    expect(train['data']).toBeCloseTo((train['priceOut/loss'] ?? NaN) + 20 * (train['kindOut/loss'] ?? NaN), 3)
    expect(train['data']).toBeLessThan((epochs[0]?.train['data'] ?? NaN) / 2)
    expect(train['kindOut/accuracy']).toBeGreaterThan(0.6)
  })

  test('is exported with one input and one set of outputs for each, proved equal, and predicts', async () => {
    const project = await shopProject()
    const { run } = await finishRun(project)
    const path = join(await temporaryFolder(), 'shop.onnx')
    const { weights, epoch } = run.kept()
    const { parity } = await exportTrained(
      { prepared: run.prepared, weights, epoch, live: run.live },
      { path, opset: 15 },
      quiet,
    )
    expect(parity).toMatchObject({ passed: true, labelAgreement: 1 })
    const data = project.data.source ?? ''
    const { columns: header, csv } = await predict({ model: path, data, out: null }, new TableSource(samples), quiet)
    expect(header).toEqual([
      'price',
      'kindOut.label',
      'kindOut.probability_flat',
      'kindOut.probability_plain',
      'kindOut.probability_tall',
    ])
    expect(csv?.split('\n')[1]?.split(',')).toHaveLength(5)
  })

  test('needs every column to belong somewhere', async () => {
    const wrong = await shopProject({ columns: { ...columns, color: { node: 'nowhere' } } })
    await expect(prepare(wrong)).rejects.toThrow('Column "color" belongs to nowhere, which is no Input of the network')
    const empty = await shopProject({ columns: { ...columns, color: {} } })
    await expect(prepare(empty)).rejects.toThrow('No column goes to the Input look')
    const open = await shopProject({ columns: { ...columns, width: { role: 'target' }, kind: { role: 'target' } } })
    await expect(prepare(open)).rejects.toThrow('say of each which output is to match it')
  })
})

describe('a frozen layer', () => {
  test('keeps its weights to the last bit while the others learn', async () => {
    const [input, first, ...rest] = cancerProject().graph.nodes
    if (!input || !first) return expect.fail('the project has no layers')
    const project = cancerProject()
    const frozen = { ...project, graph: { ...project.graph, nodes: [input, { ...first, frozen: true }, ...rest] } }
    const start = bits((await finishRun({ ...frozen, training: { ...frozen.training, epochs: 1 } })).run.kept().weights)
    const end = bits((await finishRun(frozen)).run.kept().weights)
    expect(end['dense1/kernel']).toEqual(start['dense1/kernel'])
    expect(end['dense3/kernel']).not.toEqual(start['dense3/kernel'])
  })
})

describe('a column that chooses the row of an embedding', () => {
  test('reaches it as it is in the table, while the others are standardized', async () => {
    const path = join(await temporaryFolder(), 'words.csv')
    const lines = Array.from(
      { length: 80 },
      (_, row) => `${row % 5},${(row * 7) % 11},${(row % 5) * 3 + ((row * 7) % 11)}`,
    )
    await writeFile(path, ['word,size,price', ...lines].join('\n'))
    const project: Project = {
      ...cancerProject({
        data: { ...dataSettings, source: path, columns: { word: { type: 'number', node: 'word' } } },
        training: { loss: setting('meanSquaredError'), optimizer: setting('adam', { learningRate: 0.1 }), metrics: [] },
      }),
      graph: {
        nodes: [
          node('size', 'input'),
          node('word', 'input'),
          node('rows', 'embedding', { inputDim: 5, outputDim: 2 }),
          node('flat', 'flatten'),
          node('joined', 'concatenate'),
          node('price', 'dense', { units: 1 }),
        ],
        wires: wires('word>rows', 'rows>flat', 'flat>joined', 'size>joined', 'joined>price'),
      },
    }
    const { feeds } = (await prepare(project)).train
    expect(new Set(feeds['x.word']?.data as Float32Array)).toEqual(new Set([0, 1, 2, 3, 4]))
    expect(Math.max(...(feeds['x.size']?.data as Float32Array))).toBeLessThan(3)
    const epochs = (await finishRun({ ...project, training: { ...project.training, epochs: 40 } })).all('epoch')
    expect(epochs.at(-1)?.train['loss']).toBeLessThan((epochs[0]?.train['loss'] ?? NaN) / 10)
  })
})
