import { describe, expect, test } from 'vitest'
import { inspect } from '#engine/compile/inspect.ts'
import { imageOf, taskWithoutTable, type Task } from '#engine/project/starts/task.ts'
import { suggest } from '#engine/project/starts/suggest.ts'
import { startProject, templates } from '#engine/project/starts/templates.ts'
import { settingsOf } from '#engine/project/place.ts'

const data = { source: null, columns: {}, validationFraction: 0.2, stratify: true, standardize: true }
const table = (part: Partial<Task>): Task => ({ rows: 455, features: 30, classes: 2, targets: 1, image: null, ...part })

const tasks: readonly (readonly [string, Task])[] = [
  ['two classes', table({})],
  ['three classes from few rows', table({ rows: 120, features: 4, classes: 3 })],
  ['a number', table({ classes: 0, features: 10, rows: 353 })],
  ['three numbers from many rows', table({ classes: 0, targets: 3, features: 12, rows: 50_000 })],
  ['ten classes of images', table({ classes: 10, features: 64, rows: 1438, image: [8, 8, 1] })],
  ['two classes of coloured images', table({ features: 3072, rows: 8000, image: [32, 32, 3] })],
  ['no table', taskWithoutTable],
]

const look = ({ graph, training }: ReturnType<typeof suggest>, { features, classes, targets }: Task) =>
  inspect(startProject('Start', '', { graph, training }, data), { features, classes, targets })

describe.each(tasks)('for %s', (_, task) => {
  test('the suggested network and every template that is offered compile without a complaint', () => {
    const starts = templates.flatMap((template) =>
      template.refusal(task) === null ? [{ ...template.build(task), reasons: [] }] : [],
    )
    expect(starts.length).toBeGreaterThanOrEqual(5)
    for (const start of [suggest(task), ...starts]) expect(look(start, task).issues).toEqual([])
  })

  test('the suggestion has regularization and says why it is as it is', () => {
    const { graph, training, reasons } = suggest(task)
    const kinds = graph.nodes.flatMap(({ kind, params }) =>
      [kind, ...JSON.stringify(params).matchAll(/l2/g)].map(String),
    )
    expect(kinds.some((kind) => kind === 'l2' || kind === 'dropout')).toBe(true)
    expect(training.regularizers.map(({ kind }) => kind)).toContain('earlyStopping')
    expect(reasons.length).toBeGreaterThanOrEqual(4)
  })
})

test('a suggested network is narrower for fewer rows, and weighs classes of unlike size', () => {
  const widthFor = (rows: number) => suggest(table({ rows })).graph.nodes[1]?.params['units']
  expect([100, 455, 5000].map(widthFor)).toEqual([8, 16, 256])
  const kindsFor = (counts: readonly number[]) =>
    suggest(table({ counts })).training.regularizers.map(({ kind }) => kind)
  expect(kindsFor([400, 55])).toContain('classWeights')
  expect(kindsFor([300, 155])).not.toContain('classWeights')
})

test('columns called alike that fill a square are the pixels of an image', () => {
  const pixels = (count: number) => Array.from({ length: count }, (_, at) => `p${at}`)
  expect(imageOf(pixels(64))).toEqual([8, 8, 1])
  expect(imageOf(pixels(3072))).toEqual([32, 32, 3])
  expect(imageOf(pixels(60))).toBeNull()
  expect(imageOf(Array.from({ length: 36 }, (_, at) => `pixel_${Math.floor(at / 6)}_${at % 6}`))).toEqual([6, 6, 1])
  expect(imageOf(['age', ...pixels(63)])).toBeNull()
  expect(imageOf([])).toBeNull()
})

test('a template that does not fit says why', () => {
  const reasons = templates
    .map((template) => template.refusal(table({ features: 4 })))
    .filter((reason) => reason !== null)
  expect(reasons).toHaveLength(3)
  for (const reason of reasons) expect(reason).toMatch(/^its rows have to be .+[^.]$/)
})

test('the models that differ in one technique alone have the same layers otherwise', () => {
  const [l1, l2, dropout] = ['denseL1', 'denseL2', 'denseDropout'].map((kind) =>
    templates.find((template) => template.kind === kind)?.build(table({})),
  )
  expect(l1?.graph.nodes[1]?.params).toMatchObject({ units: 64, activation: 'relu' })
  expect(l1?.graph.nodes[1]?.params['kernelRegularizers']).toEqual([{ kind: 'l1', params: { strength: 0.01 } }])
  expect(l2?.graph.nodes[1]?.params['kernelRegularizers']).toEqual([{ kind: 'l2', params: { strength: 0.01 } }])
  expect(dropout?.graph.nodes.map(({ kind }) => kind)).toEqual(['input', 'dense', 'dropout', 'dense'])
  expect(dropout && settingsOf(dropout.training)).toEqual(l1 && settingsOf(l1.training))
})
