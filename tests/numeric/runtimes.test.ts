import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { exportModel } from '#engine/compile/exportModel.ts'
import { irVersions } from '#engine/compile/opset.ts'
import { inputNameOf, type Preprocessing } from '#engine/compile/preprocessing.ts'
import type { DataShape } from '#engine/compile/program.ts'
import { activationKinds } from '#engine/activations.ts'
import type { Model, Tensor } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import type { Project } from '#engine/project/project.ts'
import { distance } from '../support/differences.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { chain, setting } from '../support/projects.ts'
import { randoms } from '../support/reals.ts'
import { openNative, openWeb } from '../support/runtimes.ts'

/** Numbers and categories in turn, so that the numbers are cut apart and joined again. */
const columns: Preprocessing['columns'] = [
  { name: 'age', type: 'number', mean: 40.5, deviation: 12.25, fill: 38 },
  { name: 'colour', type: 'category', categories: ['red', 'green', 'blé d’or'] },
  { name: 'width', type: 'number', mean: -1, deviation: 0.5, fill: -1.5 },
  { name: 'height', type: 'number', mean: 1000, deviation: 300, fill: 900 },
  { name: 'shape', type: 'category', categories: ['round', ''] },
]
const features = 8
const rows = 6

const raw: Readonly<Record<string, Tensor>> = {
  input: {
    dtype: 'float32',
    shape: [rows, 3],
    data: Float32Array.from(randoms('raw', rows * 3), (value, index) =>
      index === 4 ? NaN : [40 + 12 * value, value, 1000 + 300 * value][index % 3]!,
    ),
  },
  colour: { dtype: 'string', shape: [rows], data: ['red', 'green', 'blé d’or', 'red', 'never seen', 'green'] },
  shape: { dtype: 'string', shape: [rows], data: ['round', '', 'oval', 'round', 'round', ''] },
}

/** The features the raw rows stand for, worked out by hand. */
function featuresOf(row: number): number[] {
  let number = 0
  return columns.flatMap((column) => {
    if (column.type === 'category') {
      const text = raw[column.name]!.data[row]
      return column.categories.map((category) => Number(category === text))
    }
    const value = Number(raw.input!.data[row * 3 + number++])
    return [((Number.isNaN(value) ? column.fill : value) - column.mean) / column.deviation]
  })
}

function exported(
  project: Project,
  data: DataShape,
  preprocessing: Omit<Preprocessing, 'columns'>,
  opset: number,
): Model {
  const { weights } = compile(project, data)
  return exportModel(project, {
    weights: new Map(
      weights.map(({ name, shape }) => [
        name,
        { dtype: 'float32', shape, data: Float32Array.from(randoms(name, count(shape), -0.7, 0.7)) },
      ]),
    ),
    preprocessing: { columns, ...preprocessing },
    data,
    opset,
    producerVersion: 'test',
    metadata: { about: 'a test' },
  })
}

/** Runs the model in both runtimes and in double precision; all outputs must agree. Gives those of onnxruntime-node. */
async function agree(model: Model): Promise<Map<string, Tensor>> {
  const bytes = encodeModel(model)
  const expected = evaluate64(model.graph, raw)
  const [native, web] = await Promise.all([openNative(bytes), openWeb(bytes)])
  const [first, second] = [await native(raw), await web(raw)]
  for (const outputs of [first, second]) {
    expect([...outputs.keys()].toSorted()).toEqual([...expected.keys()].toSorted())
    for (const [name, output] of outputs) {
      const { dtype, shape, data } = expected.get(name)!
      expect([output.dtype, output.shape], name).toEqual([dtype, shape])
      if (dtype === 'string') expect(output.data, name).toEqual(data)
      else expect(distance(Array.from(output.data, Number), data), name).toBeLessThan(5e-6)
    }
  }
  return first
}

/** Every activation one after the other, with all that changes shapes in between. */
const everything = chain(
  [
    setting('dense', { units: 6 }),
    ...activationKinds.map((activation) => setting('activation', { activation })),
    setting('reshape', { shape: [2, -1] }),
    setting('dense', { units: 4, activation: 'gelu' }),
    setting('dropout', { rate: 0.4 }),
    setting('flatten'),
    setting('dense', { units: 3, activation: 'softmax' }),
  ],
  {},
)
const flowers = { classes: ['setosa', 'versicolor', 'virginica'], targets: ['species'] }

/** A network whose branches are joined by every layer that joins. */
const branches: Project = {
  ...everything,
  graph: {
    nodes: [
      ...[
        ['input', setting('input')],
        ['left', setting('dense', { units: 4, activation: 'elu' })],
        ['right', setting('dense', { units: 4, activation: 'selu' })],
        ['sum', setting('add')],
        ['both', setting('concatenate')],
        ['last', setting('dense', { units: 3, activation: 'softmax' })],
      ].map(([name, layer]) => ({
        ...(layer as ReturnType<typeof setting>),
        name: name as string,
        position: { x: 0, y: 0 },
      })),
    ],
    wires: [
      ['input', 'left'],
      ['input', 'right'],
      ['left', 'sum'],
      ['right', 'sum'],
      ['sum', 'both'],
      ['left', 'both'],
      ['both', 'last'],
    ].map(([from, to]) => ({ from: from!, to: to! })),
  },
}

describe('an exported model means the same to onnxruntime-node, to onnxruntime-web and in double precision', () => {
  test.each(Object.keys(irVersions).map(Number))('at opset %i', async (opset) => {
    for (const project of [everything, branches]) {
      const model = exported(project, { features, classes: 3, targets: 1 }, flowers, opset)
      expect(model.opset['']).toBe(opset)
      const outputs = await agree(model)
      const probabilities = Array.from(outputs.get('probabilities')!.data, Number)
      const labels = Array.from({ length: rows }, (_, row) => {
        const shares = probabilities.slice(3 * row, 3 * row + 3)
        return flowers.classes[shares.indexOf(Math.max(...shares))]
      })
      expect(outputs.get('label')!.data).toEqual(labels)
    }
  })

  test('with a sigmoid for two classes', async () => {
    const project = chain([setting('dense', { units: 1, activation: 'sigmoid' })], {
      loss: setting('binaryCrossentropy'),
    })
    const model = exported(
      project,
      { features, classes: 2, targets: 1 },
      { classes: ['no', 'yes'], targets: ['ill'] },
      15,
    )
    const outputs = await agree(model)
    expect(outputs.get('label')!.data).toEqual(
      Array.from(outputs.get('probabilities')!.data, Number).map((share) => (share > 0.5 ? 'yes' : 'no')),
    )
    expect(outputs.get('label')!.shape).toEqual([rows])
  })

  test('with logits at the end, which become probabilities', async () => {
    const losses = [
      ['binaryCrossentropy', 1, ['no', 'yes']],
      ['sparseCategoricalCrossentropy', 3, flowers.classes],
    ] as const
    for (const [loss, units, classes] of losses) {
      const project = chain([setting('dense', { units })], { loss: setting(loss, { fromLogits: true }) })
      const data = { features, classes: classes.length, targets: 1 }
      const outputs = await agree(exported(project, data, { classes, targets: ['species'] }, 15))
      expect([...outputs.keys()].toSorted()).toEqual(['label', 'logits', 'probabilities'])
    }
  })

  test('with numbers to predict', async () => {
    const project = chain([setting('dense', { units: 2 })], { loss: setting('meanSquaredError') })
    const model = exported(project, { features, classes: 0, targets: 2 }, { classes: [], targets: ['a', 'b'] }, 15)
    const outputs = await agree(model)
    const prediction = Array.from(outputs.get('prediction')!.data, Number)
    const [kernel, bias] = [randoms('dense1/kernel', features * 2, -0.7, 0.7), randoms('dense1/bias', 2, -0.7, 0.7)]
    const expected = Array.from({ length: rows * 2 }, (_, index) =>
      featuresOf(Math.floor(index / 2)).reduce(
        (sum, feature, k) => sum + feature * kernel[2 * k + (index % 2)]!,
        bias[index % 2]!,
      ),
    )
    expect(distance(prediction, expected)).toBeLessThan(1e-6)
  })
})

test('a column may be called anything, even what the model itself needs', async () => {
  const names = ['input', 'label', 'ints', 'dense1/kernel', 'classes', 'probabilities', 'preprocessing/mean']
  const categories = names.map((name) => ({ name, type: 'category' as const, categories: ['a', 'b'] }))
  const numeric = { name: 'label', type: 'number' as const, mean: 0, deviation: 1, fill: 0 }
  const project = chain([setting('dense', { units: 3, activation: 'softmax' })], {})
  const data = { features: 2 * names.length + 1, classes: 3, targets: 1 }
  const model = exportModel(project, {
    weights: new Map(
      compile(project, data).weights.map(({ name, shape }) => [
        name,
        tensorOf('float32', shape, [...randoms(name, count(shape))]),
      ]),
    ),
    preprocessing: { columns: [...categories, numeric], ...flowers },
    data,
    opset: 15,
    producerVersion: 'test',
    metadata: {},
  })
  const feeds = Object.fromEntries([
    ['input', tensorOf('float32', [2, 1], [1, -1])],
    ...categories.map((column): [string, Tensor] => [
      inputNameOf(column),
      { dtype: 'string', shape: [2], data: ['a', 'b'] },
    ]),
  ])
  expect(model.graph.inputs.map(({ name }) => name)).toEqual(Object.keys(feeds))
  const outputs = await (await openNative(encodeModel(model)))(feeds)
  expect(outputs.get('label')!.data).toHaveLength(2)
})

test('nothing of the training is left in an exported model', () => {
  const { graph } = exported(everything, { features, classes: 3, targets: 1 }, flowers, 15)
  expect(graph.nodes.filter(({ op }) => /Dropout|Random|Bit|Loop/.test(op))).toEqual([])
  expect(graph.inputs.map(({ name, shape }) => [name, ...shape])).toEqual([
    ['input', 'batch', 3],
    ['colour', 'batch'],
    ['shape', 'batch'],
  ])
})
