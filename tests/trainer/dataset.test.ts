import { describe, expect, test } from 'vitest'
import type { Terminals } from '#engine/project/blocks.ts'
import { applyMend } from '#engine/project/mend.ts'
import type { DataSettings } from '#engine/project/project.ts'
import { dataSummarySchema } from '#shared/data.ts'
import * as v from 'valibot'
import { dataShape, prepareDataset, summarize } from '#main/trainer/data/dataset.ts'
import { encodeFeatures } from '#main/trainer/data/features.ts'
import { splitRows } from '#main/trainer/data/split.ts'
import { parseTable } from '#main/trainer/data/table.ts'
import { encodeTargets } from '#main/trainer/data/targets.ts'
import { chain } from '../support/projects.ts'
import { dataSettings } from './projects.ts'

function prepare(text: string, settings: Partial<DataSettings> = {}, seed = 1) {
  return prepareDataset(parseTable('t.csv', text), { ...dataSettings, ...settings }, seed)
}

/** A table of `rows` rows, each made by a function of its number. */
function rows(header: string, count: number, row: (index: number) => string): string {
  return [header, ...Array.from({ length: count }, (_, index) => row(index))].join('\n')
}

function roles(text: string, settings: Partial<DataSettings> = {}): Record<string, string> {
  return Object.fromEntries(prepare(text, settings).columns.map(({ name, role }) => [name, role]))
}

describe('guesses', () => {
  test('the target is the column named like one, else the last', () => {
    expect(roles('species,a\nx,1\ny,2\n')).toEqual({ species: 'target', a: 'feature' })
    expect(roles('a,Target,b\n1,2,3\n2,3,4\n')).toEqual({ a: 'feature', Target: 'target', b: 'feature' })
    expect(roles('a,b\n1,2\n2,3\n')).toEqual({ a: 'feature', b: 'target' })
  })

  test("the user's choice of a target beats every guess", () => {
    expect(roles('a,target\n1,2\n2,3\n', { columns: { a: { role: 'target' } } })).toEqual({
      a: 'target',
      target: 'feature',
    })
  })

  test('text makes a category, mostly numbers make a number', () => {
    const text = rows('a,b,c', 10, (index) => `${index === 3 ? 'oops' : index * 1.5},${'xyz'[index % 3]},${index % 2}`)
    expect(prepare(text).columns.map(({ type }) => type)).toEqual(['number', 'category', 'number'])
  })

  test('text and few distinct whole numbers are classes, in order; other numbers are regression', () => {
    expect(prepare('a,y\n1,no\n2,yes\n3,no\n').targets.classes).toEqual(['no', 'yes'])
    expect(prepare(rows('a,y', 40, (index) => `${index / 7},${index % 12}`)).targets.classes.slice(-2)).toEqual([
      '10',
      '11',
    ])
    expect(prepare(rows('a,y', 40, (index) => `${index / 7},${index}`)).targets.indices).toBeNull()
    expect(prepare(rows('a,y', 40, (index) => `${index / 7},${(index % 3) + 0.5}`)).targets.indices).toBeNull()
  })

  test('few whole numbers are regression where the user says that they are numbers', () => {
    const text = rows('a,y', 40, (index) => `${index / 7},${index % 3}`)
    expect(prepare(text, { columns: { y: { type: 'number' } } }).targets.indices).toBeNull()
  })

  test('several columns that mark one class each are classes named by the columns', () => {
    const text = 'a,cat,dog\n1,1,0\n2,0,1\n3,1,0\n'
    const columns = { cat: { role: 'target' }, dog: { role: 'target' } } as const
    const { targets } = prepare(text, { columns })
    expect(targets.classes).toEqual(['cat', 'dog'])
    expect([...(targets.indices ?? [])]).toEqual([0, 1, 0])
  })

  test('a column that numbers the rows is left out with a warning', () => {
    const dataset = prepare(rows('id,a,y', 20, (index) => `${index + 1},${index % 7},${index % 2}`))
    expect(dataset.columns[0]?.role).toBe('ignore')
    expect(dataset.issues).toContainEqual({
      severity: 'warning',
      path: 'data/columns/id',
      message: 'Column "id" is different in every row, so it is left out; give it a role to use it.',
    })
  })
})

describe('mistakes in the table are issues that name file, line and column', () => {
  test('text in a column of numbers', () => {
    const text = rows('age,y', 10, (index) => `${index === 4 ? 'old' : index},${index % 2}`)
    expect(prepare(text).issues).toContainEqual({
      severity: 'error',
      path: 'data/columns/age',
      message:
        't.csv, line 6, column "age": "old" is not a number; correct it, empty the cell, or make the column a category.',
      mend: {
        title: 'Make "age" a category',
        edits: [{ edit: 'column', column: 'age', choice: { type: 'category' } }],
      },
    })
  })

  test('rows without a target', () => {
    const text = rows('a,y', 10, (index) => `${index},${index === 2 || index === 5 ? '' : index % 2}`)
    expect(prepare(text).issues).toContainEqual({
      severity: 'error',
      path: 'data/columns/y',
      message: 't.csv, lines 4 and 7: no value for the target "y"; fill it in or remove the row.',
    })
  })

  test('one class only, no target, no feature', () => {
    const messages = (text: string, columns: DataSettings['columns'] = {}) =>
      prepare(text, { columns }).issues.map(({ message }) => message)
    expect(messages('a,y\n1,x\n2,x\n')).toContain(
      'The target "y" is "x" in every row; there is nothing to learn to tell apart.',
    )
    const ignored = { role: 'ignore' } as const
    expect(messages('a,y\n1,x\n2,z\n', { a: ignored, y: ignored })).toEqual([
      'No column of t.csv is the target; give the one to be predicted the role "target".',
      'No column is a feature; give at least one the role "feature".',
    ])
  })

  test('choices for a column that is not there are a warning', () => {
    expect(prepare('a,y\n1,0\n2,1\n', { columns: { b: { role: 'ignore' } } }).issues[0]).toMatchObject({
      severity: 'warning',
      path: 'data/columns/b',
    })
  })
})

describe('one click mends', () => {
  const mended = (text: string, columns: DataSettings['columns'] = {}, terminals?: Terminals) => {
    const look = (data: DataSettings) => prepareDataset(parseTable('t.csv', text), data, 1, terminals).issues
    const data = { ...dataSettings, columns }
    const [issue] = look(data).filter(({ mend }) => mend)
    const after = applyMend({ ...chain([], {}), data }, issue!.mend!)
    return { title: issue!.mend!.title, left: look(after.data).map(({ message }) => message), message: issue!.message }
  }

  const fewNumbers = rows('a,age,y', 40, (index) => `${index / 3},${index === 4 ? 'old' : index % 5},${index % 2}`)
  const classes = rows('a,y', 1100, (index) => `${index % 7},c${index}`)
  test.each([
    ['text among numbers', 'Make "age" a category', () => mended(fewNumbers)],
    [
      'a choice for a column that is gone',
      'Forget what was chosen for "b"',
      () => mended('a,y\n1,0\n2,1\n', { b: { role: 'ignore' } }),
    ],
    [
      'columns that are always the same',
      'Ignore 2 columns',
      () => mended(rows('a,b,c,y', 20, (index) => `1,2,${index % 5},${index % 2}`)),
    ],
    [
      'a category for nearly every row',
      'Ignore "name"',
      () => mended(rows('a,name,y', 300, (index) => `${index % 7},n${index % 150},${index % 2}`)),
    ],
    [
      'weights that are text',
      'Make "w" a number',
      () =>
        mended(
          rows('a,w,y', 20, (index) => `${index % 7},${index % 3},${index % 2}`),
          {
            w: { role: 'weight', type: 'category' },
          },
        ),
    ],
    [
      'a feature of an Input that is gone',
      'Give "b" to right',
      () =>
        mended(
          rows('a,b,y', 20, (index) => `${index % 7},${index % 3},${index % 2}`),
          { a: { node: 'left' }, b: { node: 'gone' } },
          { inputs: ['left', 'right'], outputs: ['end'], indices: [] },
        ),
    ],
    [
      'a target of too many classes',
      'Make "y" a number',
      () => mended(classes, { y: { type: 'category', role: 'target' } }),
    ],
  ])('%s', (_, title, look) => {
    const { title: said, left, message } = look()
    expect(said).toBe(title)
    expect(left).not.toContain(message)
  })
})

describe('split', () => {
  test('is the same for the same seed and another for another', () => {
    const first = splitRows(100, 0.3, 5, null)
    expect(splitRows(100, 0.3, 5, null)).toEqual(first)
    expect(splitRows(100, 0.3, 6, null)).not.toEqual(first)
  })

  test('parts are disjoint, complete and of the wanted size', () => {
    const { train, validation } = splitRows(101, 0.2, 1, null)
    expect(validation.length).toBe(20)
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 101 }, (_, row) => row))
  })

  test("keeps the classes' proportions", () => {
    const classes = Int32Array.from({ length: 100 }, (_, row) => (row < 10 ? 0 : row < 40 ? 1 : 2))
    const { validation } = splitRows(100, 0.3, 3, classes)
    const counts = [0, 1, 2].map((wanted) => validation.filter((row) => classes[row] === wanted).length)
    expect(counts).toEqual([3, 9, 18])
  })

  test('no fraction means no validation, and training always keeps a row', () => {
    expect(splitRows(10, 0, 1, null).validation.length).toBe(0)
    expect(splitRows(2, 0.95, 1, null).train.length).toBe(1)
    expect(splitRows(1, 0.5, 1, null)).toEqual({ train: Uint32Array.of(0), validation: new Uint32Array(0) })
  })
})

describe('features', () => {
  test('means and deviations come from the training part alone', () => {
    const text = rows('a,y', 10, (index) => `${index * index},${index % 2}`)
    const { preprocessing, split, table, columns } = prepare(text, { validationFraction: 0.4 })
    const values = [...split.train].map((row) => row * row)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(preprocessing.columns[0]).toMatchObject({
      mean: Math.fround(mean),
      deviation: Math.fround(Math.sqrt(variance)),
    })
    const standardized = encodeFeatures(columns, preprocessing.columns, split.train)
    expect(standardized.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5)
    expect(table.rows).toBe(10)
  })

  test('are left as they are when standardizing is off', () => {
    const { preprocessing, columns } = prepare('a,y\n5,0\n9,1\n7,0\n', { standardize: false })
    expect([...encodeFeatures(columns, preprocessing.columns, Uint32Array.of(0, 1, 2))]).toEqual([5, 9, 7])
  })

  test('missing numbers become the training mean, with a warning', () => {
    const dataset = prepare('a,y\n1,0\nNA,1\n3,0\n?,1\n5,0\n', { validationFraction: 0 })
    expect([...encodeFeatures(dataset.columns, dataset.preprocessing.columns, Uint32Array.of(1, 3))]).toEqual([0, 0])
    expect(dataset.issues.map(({ message }) => message)).toEqual([
      'Column "a" has 2 missing values, filled with the training mean 3.',
    ])
  })

  test('constant columns are divided by 1, with a warning', () => {
    const dataset = prepare('a,b,y\n4,1,0\n4,2,1\n4,3,0\n', { validationFraction: 0 })
    expect(dataset.preprocessing.columns[0]).toMatchObject({ mean: 4, deviation: 1 })
    expect(dataset.issues).toMatchObject([{ severity: 'warning', path: 'data/columns/a' }])
  })

  test('categories become one number each, in sorted order; one that is unknown becomes zeros', () => {
    const text = 'c,y\nred,0\nblue,1\ngreen,0\n,1\n'
    const dataset = prepare(text, { validationFraction: 0 })
    expect(dataset.preprocessing.columns[0]).toEqual({
      name: 'c',
      type: 'category',
      categories: ['blue', 'green', 'red'],
    })
    const encoded = encodeFeatures(dataset.columns, dataset.preprocessing.columns, Uint32Array.of(0, 1, 3))
    expect([...encoded]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0])
    expect(dataShape(dataset)).toEqual({ features: 3, classes: 2, targets: 1, counts: [2, 2] })
  })
})

describe('categories that an Embedding looks up', () => {
  const text = 'a,b,n,y\nred,blue,4,0\nblue,red,2,1\ngreen,red,4,0\n,teal,4,1\n'
  const look = (settings: Partial<DataSettings>, terminals: Terminals) =>
    prepareDataset(parseTable('t.csv', text), { ...dataSettings, validationFraction: 0, ...settings }, 1, terminals)

  test('become their places in one list, counted from 1; 0 stands for what is in none', () => {
    const dataset = look({}, { inputs: ['words'], outputs: ['end'], indices: ['words'] })
    const categories = ['blue', 'green', 'red', 'teal']
    expect(dataset.preprocessing.columns.slice(0, 2)).toEqual([
      { name: 'a', type: 'category', categories, indexed: true },
      { name: 'b', type: 'category', categories, indexed: true },
    ])
    const all = Uint32Array.of(0, 1, 2, 3)
    expect([...encodeFeatures(dataset.columns, dataset.preprocessing.columns, all)]).toEqual([
      ...[3, 1, 4],
      ...[1, 3, 2],
      ...[2, 3, 4],
      ...[0, 4, 4],
    ])
    expect(dataShape(dataset)).toMatchObject({ features: 3, indices: { words: 5 } })
    expect(v.is(dataSummarySchema, summarize(dataset, 't.csv'))).toBe(true)
  })

  test('are told apart from those of other Inputs', () => {
    const dataset = look(
      { columns: { a: { node: 'words' }, b: { node: 'rest' }, n: { node: 'rest' } } },
      { inputs: ['words', 'rest'], outputs: ['end'], indices: ['words'] },
    )
    expect(dataset.preprocessing.columns.map(({ name, node, ...column }) => [name, node, 'indexed' in column])).toEqual(
      [
        ['a', 'words', true],
        ['b', 'rest', false],
        ['n', 'rest', false],
      ],
    )
    expect(dataShape(dataset)).toMatchObject({ inputs: { words: 1, rest: 4 }, indices: { words: 4 } })
  })

  test('that are not in the training part are 0, like texts never seen', () => {
    const many = rows('a,y', 40, (index) => `${index === 39 ? 'rare' : 'xyz'[index % 3]},${index % 2}`)
    const terminals: Terminals = { inputs: ['words'], outputs: ['end'], indices: ['words'] }
    for (let seed = 1; seed < 30; seed++) {
      const dataset = prepareDataset(parseTable('t.csv', many), dataSettings, seed, terminals)
      if (!dataset.split.validation.includes(39)) continue
      expect([...encodeFeatures(dataset.columns, dataset.preprocessing.columns, Uint32Array.of(0, 39))]).toEqual([1, 0])
      return
    }
    expect.unreachable('no seed puts the last row into the validation part')
  })
})

describe('targets', () => {
  const classes = () => prepare('a,y\n1,c\n2,a\n3,b\n').targets
  const all = Uint32Array.of(0, 1, 2)

  test('take every form a loss asks for', () => {
    expect(encodeTargets(classes(), all, { form: 'index', shape: [] }, 'Loss').data).toEqual(
      BigInt64Array.of(2n, 0n, 1n),
    )
    expect([...(encodeTargets(classes(), all, { form: 'oneHot', shape: [3] }, 'Loss').data as Float32Array)]).toEqual([
      0, 0, 1, 1, 0, 0, 0, 1, 0,
    ])
    const two = prepare('a,y\n1,no\n2,yes\n').targets
    expect(encodeTargets(two, Uint32Array.of(0, 1), { form: 'binary', shape: [1] }, 'Loss').data).toEqual(
      Float32Array.of(0, 1),
    )
    const numbers = prepare('a,y\n1,0.5\n2,7\n3,9.5\n').targets
    expect(encodeTargets(numbers, all, { form: 'value', shape: [1] }, 'Loss').data).toEqual(
      Float32Array.of(0.5, 7, 9.5),
    )
  })

  test('that do not suit the loss say which one would', () => {
    expect(() => encodeTargets(classes(), all, { form: 'binary', shape: [1] }, 'Binary cross-entropy')).toThrow(
      'Binary cross-entropy tells two classes apart, but "y" has 3; choose a categorical cross-entropy loss',
    )
    expect(() => encodeTargets(classes(), all, { form: 'value', shape: [1] }, 'Mean squared error')).toThrow(
      'Mean squared error needs a target in numbers, but "y" holds text; choose a cross-entropy loss.',
    )
  })
})

test('the summary fits its schema and tells what was read', () => {
  const text = rows('a,c,y', 20, (index) => `${index % 5},${'xy'[index % 2]},${index % 2 ? 'yes' : 'no'}`)
  const summary = summarize(prepare(text), 't.csv')
  expect(v.is(dataSummarySchema, summary)).toBe(true)
  expect(summary).toMatchObject({
    rows: 20,
    task: 'classes',
    classes: ['no', 'yes'],
    features: 3,
    split: { train: 16, validation: 4 },
  })
  expect(summary.columns[0]).toMatchObject({ mean: 2, min: 0, max: 4, guessed: true })
  expect(summary.columns[1]?.categories).toEqual([
    ['x', 10],
    ['y', 10],
  ])
  expect(summary.preview[1]).toEqual(['1', 'y', 'yes'])
})
