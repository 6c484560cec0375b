import { describe, expect, test } from 'vitest'
import type { DataSettings } from '#engine/project/project.ts'
import { dataShape, prepareDataset } from '#main/trainer/data/dataset.ts'
import { rowWeightFeeds } from '#main/trainer/data/rowWeights.ts'
import { parseTable } from '#main/trainer/data/table.ts'
import { dataSettings } from './projects.ts'

function prepare(text: string, columns: DataSettings['columns'], changes: Partial<DataSettings> = {}) {
  return prepareDataset(parseTable('t.csv', text), { ...dataSettings, ...changes, columns }, 1)
}

const weight = { role: 'weight' } as const

describe('a column with the role "weight"', () => {
  test('gives each row its weight and is no feature', () => {
    const dataset = prepare('a,w,y\n1,0.5,no\n2,0,yes\n3,2,no\n4,1,yes\n', { w: weight })
    expect(dataset.issues.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(dataset.preprocessing.columns.map(({ name }) => name)).toEqual(['a'])
    expect(dataShape(dataset)).toMatchObject({ features: 1, rowWeights: true })
    const feeds = rowWeightFeeds(dataset.rowWeights, Uint32Array.of(2, 0))
    expect(feeds).toEqual({ rowWeights: { dtype: 'float32', shape: [2], data: Float32Array.of(2, 0.5) } })
  })

  test('is never guessed', () => {
    const dataset = prepare('a,weight,y\n1,0.5,no\n2,0,yes\n3,2,no\n', {})
    expect(dataset.rowWeights).toBeUndefined()
    expect(dataShape(dataset)).not.toHaveProperty('rowWeights')
    expect(rowWeightFeeds(dataset.rowWeights, Uint32Array.of(0))).toEqual({})
  })

  test.each([
    ['a,w,y\n1,x,no\n2,z,yes\n', { w: weight }, 'The weights in "w" have to be numbers; make the column a number.'],
    ['a,w,y\n1,1,no\n2,,yes\n', { w: weight }, 't.csv, line 3: no weight in "w"; fill it in, 0 leaves a row out.'],
    ['a,w,y\n1,1,no\n2,-1,yes\n', { w: weight }, 't.csv, line 3: a weight in "w" is below 0; give 0 or more.'],
    ['a,w,y\n1,0,no\n2,0,yes\n', { w: weight }, 'Every weight in "w" is 0, so no row counts; give some rows a weight.'],
    [
      'a,w,v,y\n1,1,1,no\n2,1,2,yes\n',
      { w: weight, v: weight },
      '"w", "v" all hold weights of rows, and a row has one; give the role "weight" to one column.',
    ],
  ])('says what is wrong with it: %j', (text, columns, message) => {
    expect(prepare(text, columns).issues).toContainEqual(
      expect.objectContaining({ severity: 'error', path: 'data/columns/w', message }),
    )
  })
})

describe('what is known of the targets comes from the rows that train', () => {
  test('how many rows each class has', () => {
    const text = ['a,y', ...Array.from({ length: 20 }, (_, row) => `${row},${row % 4 === 0 ? 'rare' : 'usual'}`)].join(
      '\n',
    )
    const dataset = prepare(text, {})
    expect(dataShape(dataset).counts).toEqual([4, 12])
    expect(dataset.split.train.length).toBe(16)
    expect(dataShape(dataset)).not.toHaveProperty('center')
  })

  test('the mean of each target column', () => {
    const text = ['a,u,v', ...Array.from({ length: 20 }, (_, row) => `${row},${row + 0.5},${1000 - row}`)].join('\n')
    const target = { role: 'target', type: 'number' } as const
    const dataset = prepare(text, { u: target, v: target })
    const rows = [...dataset.split.train]
    const mean = rows.reduce((sum, row) => sum + row, 0) / rows.length
    expect(dataShape(dataset).center).toEqual([mean + 0.5, 1000 - mean].map((each) => expect.closeTo(each, 9)))
    expect(dataShape(dataset)).not.toHaveProperty('counts')
  })
})
