/** Categories that an Embedding looks up: the trainer and the exported model count them alike. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Tensor } from '#engine/graph/graph.ts'
import type { Project, ProjectNode, Setting } from '#engine/project/project.ts'
import { exportTrained } from '#main/trainer/export.ts'
import { Session } from '#main/trainer/session.ts'
import { cancerProject, dataSettings, setting, temporaryFolder } from '../trainer/projects.ts'
import { finishRun, prepare, quiet } from '../trainer/runs.ts'

const node = (name: string, { kind, params }: Setting): ProjectNode => ({
  name,
  kind,
  params,
  position: { x: 0, y: 0 },
})

/** Two columns of words that share an Embedding, and numbers at an Input of their own. */
const project = (source: string, inputDim: number): Project =>
  cancerProject({
    data: {
      ...dataSettings,
      source,
      columns: {
        before: { node: 'words' },
        after: { node: 'words' },
        size: { node: 'sizes' },
        answer: { role: 'target' },
      },
    },
    graph: {
      nodes: [
        node('words', setting('input')),
        node('sizes', setting('input')),
        node('vectors', setting('embedding', { inputDim, outputDim: 3 })),
        node('flat', setting('flatten')),
        node('both', setting('concatenate')),
        node('end', setting('dense', { units: 1, activation: 'sigmoid' })),
      ],
      wires: [
        { from: 'words', to: 'vectors' },
        { from: 'vectors', to: 'flat' },
        { from: 'flat', to: 'both' },
        { from: 'sizes', to: 'both' },
        { from: 'both', to: 'end' },
      ],
    },
    training: { epochs: 3 },
  })

async function table(): Promise<string> {
  const path = join(await temporaryFolder(), 'words.csv')
  const words = ['ash', 'birch', 'cedar']
  const rows = Array.from({ length: 100 }, (_, row) => {
    const before = row === 40 ? '' : words[row % 2]
    return `${before},${words[1 + (row % 2)]},${row % 13},${row % 3 === 0 ? 'yes' : 'no'}`
  })
  await writeFile(path, ['before,after,size,answer', ...rows].join('\n'))
  return path
}

test('an exported model takes words as they are and looks up what was trained for them, 0 for any other', async () => {
  const { run } = await finishRun(project(await table(), 6))
  const { weights, epoch } = run.kept()
  const path = join(await temporaryFolder(), 'model.onnx')
  const exported = await exportTrained(
    { prepared: run.prepared, weights, epoch, live: run.live },
    { path, opset: 15 },
    quiet,
  )
  expect(exported.parity).toMatchObject({ passed: true })

  const [vectors, kernel, bias] = ['vectors/embeddings', 'end/kernel', 'end/bias'].map(
    (name) => weights.get(name)!.data,
  )
  const size = run.prepared.dataset.preprocessing.columns.find(({ name }) => name === 'size')!
  if (size.type !== 'number') throw new Error('sizes are numbers')
  const places: Readonly<Record<string, number>> = { ash: 1, birch: 2, cedar: 3 }
  const rows = [
    ['ash', 'cedar'],
    ['birch', 'birch'],
    ['dogwood', 'ash'],
    ['', 'cedar'],
  ] as const
  const expected = rows.map(([before, after]) => {
    const looked = [before, after].flatMap((word) => {
      const place = places[word] ?? 0
      return Array.from(vectors!.subarray(3 * place, 3 * place + 3))
    })
    const features = [...looked, (5 - size.mean) / size.deviation]
    const sum = features.reduce((total, feature, at) => total + feature * kernel![at]!, bias![0]!)
    return 1 / (1 + Math.exp(-sum))
  })

  const session = await Session.create(await readFile(path), quiet)
  const strings = (data: string[]): Tensor => ({ dtype: 'string', shape: [rows.length], data })
  const outputs = await session.run({
    before: strings(rows.map(([before]) => before)),
    after: strings(rows.map(([, after]) => after)),
    'input.sizes': { dtype: 'float32', shape: [rows.length, 1], data: new Float32Array(rows.length).fill(5) },
  })
  await session.release()
  const shares = Array.from(outputs.probabilities!.data, Number)
  shares.forEach((share, row) => expect(share).toBeCloseTo(expected[row]!, 6))
})

test('an Embedding with a vector too few is refused, with the number it needs', async () => {
  await expect(prepare(project(await table(), 3))).rejects.toThrow(
    'vectors has 3 indices, but the categories that words takes have 3, and 0 stands for any other; give it 4.',
  )
})
