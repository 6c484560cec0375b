import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { runMessageSchema } from '#shared/run.ts'
import { mean } from '../support/reals.ts'
import { cancerProject, setting, temporaryFolder } from '../trainer/projects.ts'
import { finishRun } from '../trainer/runs.ts'

const training = { epochs: 2, regularizers: [] }

describe('a run reports', () => {
  test('metrics that need the whole epoch as one number each, for training and for validation', async () => {
    const shares = ['rocAuc', 'prAuc', 'precision', 'recall', 'f1Score']
    const metrics = [...shares, 'binaryCrossentropy'].map((kind) => setting(kind))
    const run = await finishRun(cancerProject({ training: { ...training, epochs: 4, metrics } }))
    for (const message of run.messages) v.parse(runMessageSchema, message)
    const [first, , , last] = run.all('epoch')
    for (const part of ['train', 'validation'] as const) {
      for (const kind of shares) {
        expect(last?.[part]?.[kind], kind).toBeGreaterThan(Number(first?.[part]?.[kind]))
        expect(last?.[part]?.[kind], kind).toBeLessThanOrEqual(1)
      }
      // The metric of that name is the loss itself.
      expect(last?.[part]?.binaryCrossentropy).toBe(last?.[part]?.data)
    }
  })

  test('R² of a target far from 0', async () => {
    const folder = await temporaryFolder()
    const lines = Array.from({ length: 200 }, (_, row) => {
      const [a, b] = [Math.sin(row), Math.cos(3 * row)]
      return `${a},${b},${100000 + 2 * a - b}`
    })
    await writeFile(join(folder, 'far.csv'), ['a,b,y', ...lines].join('\n'))
    const project = cancerProject({
      data: { source: join(folder, 'far.csv') },
      training: {
        ...training,
        loss: setting('meanSquaredError'),
        metrics: [setting('r2Score'), setting('rootMeanSquaredError')],
      },
    })
    const nodes = project.graph.nodes.map((node) =>
      node.name === 'dense3' ? { ...node, params: { ...node.params, activation: 'linear' } } : node,
    )
    const run = await finishRun({ ...project, graph: { ...project.graph, nodes } })
    const [epoch] = run.all('epoch')
    const { r2Score, rootMeanSquaredError } = epoch?.validation ?? {}
    const { validation } = run.run.prepared.dataset.split
    const targets = Array.from(validation, (row) => Number(lines[row]?.split(',')[2]))
    const variance = mean(targets.map((each) => (each - mean(targets)) ** 2))
    // The network is still off by about 100000, and float32 holds such targets to within 0.004.
    expect((rootMeanSquaredError ?? 0) ** 2 / (1 - (r2Score ?? 0))).toBeCloseTo(variance, 2)
  })
})

test('rows that all weigh twice double the loss and leave the metrics alone', async () => {
  const folder = await temporaryFolder()
  const lines = Array.from(
    { length: 60 },
    (_, row) => `${Math.sin(row)},${Math.cos(row)},2,${row % 3 === 0 ? 'no' : 'yes'}`,
  )
  await writeFile(join(folder, 'rows.csv'), ['a,b,w,y', ...lines].join('\n'))
  const first = async (role: 'weight' | 'ignore') => {
    const run = await finishRun(
      cancerProject({
        data: { source: join(folder, 'rows.csv'), columns: { w: { role } } },
        training: { ...training, epochs: 1, optimizer: setting('sgd', { learningRate: 0 }) },
      }),
    )
    return run.all('epoch')[0]
  }
  const [weighed, plain] = [await first('weight'), await first('ignore')]
  for (const part of ['train', 'validation'] as const) {
    expect(weighed?.[part]?.data).toBeCloseTo(2 * Number(plain?.[part]?.data), 6)
    expect(weighed?.[part]?.accuracy).toBe(plain?.[part]?.accuracy)
  }
})
