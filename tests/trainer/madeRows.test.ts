import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { terminalsOf } from '#engine/project/blocks.ts'
import type { DataSettings, Project } from '#engine/project/project.ts'
import { createRandom } from '#engine/random.ts'
import { dataShape, prepareDataset } from '#main/trainer/data/dataset.ts'
import { parseTable } from '#main/trainer/data/table.ts'
import { cutRows, joinRows, pickRows } from '#main/trainer/run/parts.ts'
import { madeRows } from '#main/trainer/run/synthesize.ts'
import { cancerProject, chain, dataSettings, setting } from './projects.ts'

const random = createRandom(4, 'table')
const colours = ['red', 'green', 'blue']
/** 24 rows, a quarter of them rare; rare ones are large and mostly red. */
const table = [
  'size,colour,weight,y',
  ...Array.from({ length: 24 }, (_, row) => {
    const rare = row % 4 === 0
    const colour = rare && row > 0 ? 'red' : colours[row % 3]
    return [(rare ? 100 : 0) + random.uniform(), colour, random.uniform(), rare ? 'rare' : 'usual'].join()
  }),
].join('\n')

const training = {
  loss: setting('categoricalCrossentropy'),
  regularizers: [setting('smote', { neighbours: 3 })],
}
const classifier = chain(setting('dense', { units: 2, activation: 'softmax' }))

function made(columns: DataSettings['columns'], graph: Project['graph'] = classifier, text = table) {
  const project = cancerProject({ graph, training })
  const settings = { ...dataSettings, columns, validationFraction: 0 }
  const dataset = prepareDataset(parseTable('t.csv', text), settings, 1, terminalsOf(graph))
  expect(dataset.issues.filter(({ severity }) => severity === 'error')).toEqual([])
  return { dataset, rows: madeRows(dataset, compile(project, dataShape(dataset)), 1) }
}

describe('rows made for a rare class', () => {
  test('have features and targets as the network takes them, one category each', () => {
    const { rows } = made({})
    const { x, y } = rows!.part.feeds
    expect(rows!.classes).toEqual(new Uint32Array(12))
    expect([x?.shape, y?.shape]).toEqual([
      [12, 5],
      [12, 2],
    ])
    const numbers = Array.from(x?.data ?? [], Number)
    for (let row = 0; row < 12; row++) {
      const [size, ...others] = numbers.slice(row * 5, (row + 1) * 5)
      expect(size ?? 0).toBeGreaterThan(1)
      // blue, green, red: what most of the neighbours are.
      expect(others.slice(0, 3)).toEqual([0, 0, 1])
    }
    expect(Array.from(y?.data ?? [], Number)).toEqual(Array.from({ length: 12 }, () => [1, 0]).flat())
  })

  test('are the same for the same seed', () => {
    expect(made({}).rows).toEqual(made({}).rows)
  })

  test('are shared out among several Inputs', () => {
    const position = { x: 0, y: 0 }
    const graph: Project['graph'] = {
      nodes: [
        { ...setting('input'), name: 'first', position },
        { ...setting('input'), name: 'second', position },
        { ...setting('concatenate'), name: 'both', position },
        { ...setting('dense', { units: 2, activation: 'softmax' }), name: 'out', position },
      ],
      wires: [
        { from: 'first', to: 'both' },
        { from: 'second', to: 'both' },
        { from: 'both', to: 'out' },
      ],
    }
    const { rows } = made({ size: { node: 'second' } }, graph)
    const { feeds } = rows!.part
    expect([feeds['x.first']?.shape, feeds['x.second']?.shape]).toEqual([
      [12, 4],
      [12, 1],
    ])
    for (const size of Array.from(feeds['x.second']?.data ?? [], Number)) expect(size).toBeGreaterThan(1)
    expect(Array.from(feeds['x.first']?.data ?? [], Number).slice(0, 3)).toEqual([0, 0, 1])
  })

  test('need a column of numbers to lie in', () => {
    const ignored = { role: 'ignore' } as const
    expect(() => made({ size: ignored, weight: ignored })).toThrow(
      'New rows lie between others, and no feature is a number; remove the technique that makes them.',
    )
  })

  test('are none where no class is rare', () => {
    const even = table
      .split('\n')
      .map((line, row) => (row === 0 ? line : line.replace(/[^,]+$/, row % 2 === 0 ? 'a' : 'b')))
      .join('\n')
    expect(made({}, classifier, even).rows).toBeNull()
  })
})

describe('rows of a part', () => {
  const part = {
    rows: 3,
    feeds: {
      x: { dtype: 'float32', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      y: { dtype: 'int64', shape: [3], data: BigInt64Array.of(7n, 8n, 9n) },
    },
  } as const

  test('can be cut, picked in any order and put together', () => {
    const last = cutRows(part, 1, 3)
    expect(last.feeds['x']?.data).toEqual(Float32Array.of(3, 4, 5, 6))
    const picked = pickRows(part, Uint32Array.of(2, 0, 2))
    expect(picked).toMatchObject({ rows: 3, feeds: { y: { shape: [3], data: BigInt64Array.of(9n, 7n, 9n) } } })
    expect(picked.feeds['x']?.data).toEqual(Float32Array.of(5, 6, 1, 2, 5, 6))
    const joined = joinRows(last, picked)
    expect(joined.rows).toBe(5)
    expect(joined.feeds['x']).toEqual({
      dtype: 'float32',
      shape: [5, 2],
      data: Float32Array.of(3, 4, 5, 6, 5, 6, 1, 2, 5, 6),
    })
    expect(joined.feeds['y']?.data).toEqual(BigInt64Array.of(8n, 9n, 9n, 7n, 9n))
    expect(() => joinRows(part, { rows: 1, feeds: {} })).toThrow('there are no rows of numbers called x')
  })
})
