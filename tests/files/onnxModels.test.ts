/** Models of other programs: what is imported computes what the file computes, and can be trained further. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { exportModel } from '#engine/compile/exportModel.ts'
import { named } from '#engine/compile/inputShape.ts'
import type { Preprocessing, TargetNames } from '#engine/compile/preprocessing.ts'
import type { DataShape, OutputSpec, Program, TargetShape } from '#engine/compile/program.ts'
import { sizeOf, type Tensor } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { readModel } from '#engine/onnx/read.ts'
import { checkProject } from '#engine/project/check.ts'
import type { Project } from '#engine/project/project.ts'
import { importOnnx, type OnnxImport } from '#main/files/onnx/import.ts'
import { compareOutputs, type Expected } from '#main/trainer/parity.ts'
import { Session } from '#main/trainer/session.ts'
import { openGraph, openNative } from '../support/runtimes.ts'

const folder = process.env['ONNX_FOLDER'] ?? 'tests/fixtures/onnx'
const rows = 4

/** The same numbers every time, between -2 and 2; whole ones below `limit` for indices. */
function numbers(count: number, limit: number | null): readonly number[] {
  let state = 12345
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const share = state / 2 ** 32
    return limit === null ? 4 * share - 2 : Math.floor(share * limit)
  })
}

const bytesOf = (name: string): Uint8Array => readFileSync(join(folder, `${name}.onnx`))
const models = readdirSync(folder).flatMap((file) => (file.endsWith('.onnx') ? [file.slice(0, -'.onnx'.length)] : []))

/** Data that suit the model: a class for each row where it ends in classes, or for each place of an image. */
function shapeOf({ project, outputs }: OnnxImport): DataShape {
  const sizes = project.graph.nodes
    .filter(({ kind }) => kind === 'input')
    .map(
      ({ name, params }) => [name, Array.isArray(params['shape']) ? sizeOf(params['shape'].map(Number)) : 1] as const,
    )
  const targets = outputs.map(({ node, sizes: row }): readonly [string, TargetShape] => {
    const { kind } = project.training.outputs?.[node]?.loss ?? project.training.loss
    if (row.length > 1)
      return [node, { classes: 0, targets: sizeOf(kind.startsWith('sparse') ? row.slice(0, -1) : row) }]
    const width = row[0] ?? 1
    const classes = kind.startsWith('sparse') ? width : kind === 'binaryCrossentropy' ? 2 : 0
    return [node, { classes, targets: classes === 0 ? width : 0 }]
  })
  return {
    features: sizes[0]?.[1] ?? 0,
    ...(targets[0]?.[1] ?? { classes: 0, targets: 0 }),
    ...(sizes.length > 1 ? { inputs: Object.fromEntries(sizes) } : {}),
    ...(targets.length > 1 ? { outputs: Object.fromEntries(targets) } : {}),
  }
}

/** The axes of the tensor as the file has them. */
function asInFile({ shape, data }: Tensor, axes: readonly number[]): readonly number[] {
  const sizes = axes.map((axis) => (axis < 0 ? 1 : (shape[axis] ?? 1)))
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  return Array.from({ length: data.length }, (_, index) => {
    let [rest, source] = [index, 0]
    for (let place = sizes.length - 1; place >= 0; place--) {
      const axis = axes[place] ?? -1
      source += axis < 0 ? 0 : (rest % (sizes[place] ?? 1)) * (strides[axis] ?? 1)
      rest = Math.floor(rest / (sizes[place] ?? 1))
    }
    return Number(data[source])
  })
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  const scale = Math.max(1e-3, ...b.map(Math.abs))
  return Math.max(...b.map((wanted, index) => Math.abs((a[index] ?? Number.NaN) - wanted) / scale))
}

/** The rows of a tensor, one after the other, wherever it has their axis. */
function byRows(values: readonly number[], sizes: readonly number[], batch: number): readonly number[] {
  const count = sizes[batch] ?? 1
  const inner = sizeOf(sizes.slice(batch + 1))
  const outer = sizeOf(sizes.slice(0, batch))
  const row = Array.from({ length: count }, (_, index) => index)
  const blocks = Array.from({ length: outer }, (_, index) => index)
  return row.flatMap((at) =>
    blocks.flatMap((block) => values.slice((block * count + at) * inner, (block * count + at + 1) * inner)),
  )
}

/** Rows for every input, as the file takes them and as the project does: the same numbers. */
function feedsOf(bytes: Uint8Array, program: Program) {
  const pairs = readModel(bytes).inputs.map(({ name, dtype, shape = [] }, index) => {
    const open = shape?.findIndex((size) => typeof size !== 'number') ?? -1
    const batch = Math.max(open, 0)
    const count = open < 0 ? Number(shape?.[0] ?? 1) : rows
    const sizes = (shape ?? []).map((size, axis) => (axis === batch ? count : Number(size)))
    const values = numbers(sizeOf(sizes), dtype === 'int64' ? 11 : null)
    const theirs = tensorOf(dtype === 'int64' ? 'int64' : 'float32', sizes, values)
    const own = program.inputs[index]
    const ours = own && tensorOf('float32', [count, ...own.shape], byRows(values, sizes, batch))
    return { name, theirs, feed: own?.feed ?? '', ours: ours ?? theirs }
  })
  return {
    theirs: Object.fromEntries(pairs.map(({ name, theirs }) => [name, theirs])),
    ours: Object.fromEntries(pairs.map(({ feed, ours }) => [feed, ours])),
  }
}

/** The numbers of an output of the file, and of the project's. */
async function predictionsOf(bytes: Uint8Array, imported: OnnxImport) {
  const program = compile(imported.project, shapeOf(imported))
  const { theirs, ours } = feedsOf(bytes, program)
  const expected = await (await openNative(bytes))(theirs)
  const predicted = await (await openGraph(program.predict()))({ ...ours, ...Object.fromEntries(imported.weights) })
  return imported.outputs.map(({ name, node, axes }) => {
    const spec = program.outputs.find((output) => output.node === node)
    const [wanted, got] = [expected.get(name), predicted.get(spec?.prediction ?? '')]
    if (!wanted || !got) throw new Error(`there is no output ${name}`)
    return { wanted: Array.from(wanted.data, Number), got: asInFile(got, axes) }
  })
}

/** The first half of the layers that have weights held still. */
function halfFrozen({ project, weights }: OnnxImport): {
  readonly project: Project
  readonly frozen: readonly string[]
} {
  const owners = [...new Set([...weights.keys()].map((name) => name.slice(0, name.indexOf('/'))))]
  const frozen = owners.slice(0, Math.ceil(owners.length / 2))
  const nodes = project.graph.nodes.map((node) => (frozen.includes(node.name) ? { ...node, frozen: true } : node))
  const training = { ...project.training, optimizer: { kind: 'adam', params: { learningRate: 0.01 } } }
  return { project: { ...project, graph: { ...project.graph, nodes }, training }, frozen }
}

/** Two steps over a few rows; gives the weights after them. */
async function trained(program: Program, weights: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
  const inputs = program.inputs.map(({ feed, shape, node }, index) => {
    const whole = node === 'input' && program.weights.some(({ name }) => name.endsWith('/embeddings'))
    return [
      feed,
      tensorOf('float32', [rows, ...shape], numbers(rows * sizeOf(shape) + index, whole ? 11 : null).slice(index)),
    ] as const
  })
  const targets = program.outputs.map(({ feed, target, shape }) => {
    const sizes = [rows, ...target.shape]
    const indices = target.form === 'index'
    const values = numbers(
      sizeOf(sizes),
      indices ? (target.classes ?? shape.at(-1) ?? 2) : target.form === 'binary' ? 2 : null,
    )
    return [feed, tensorOf(indices ? 'int64' : 'float32', sizes, values)] as const
  })
  const results = await (
    await openGraph(program.train(rows))
  )({
    ...Object.fromEntries([...inputs, ...targets]),
    batches: tensorOf('int64', [2, rows], [...numbers(rows, rows), ...numbers(rows, rows)]),
    iterations: tensorOf('int64', [2], [0, 1]),
    seed: tensorOf('uint32', [], [7]),
    ...Object.fromEntries(program.live.map(({ name, value }) => [name, tensorOf('float32', [], [value])])),
    ...Object.fromEntries(program.slots.map(({ name, shape, fill }) => [name, filled(shape, fill)])),
    ...Object.fromEntries(weights),
  })
  return new Map(program.weights.map(({ name }) => [name, results.get(`${name}.next`) ?? filled([0], 0)]))
}

const filled = (shape: readonly number[], value: number): Tensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(sizeOf(shape)).fill(value),
})

/** Columns that go into the network as they are. */
function columnsOf(program: Program, { training }: Project): Preprocessing {
  const several = program.inputs.length > 1
  const columns = program.inputs.flatMap(({ node, shape }) =>
    Array.from({ length: sizeOf(shape) }, (_, index) => ({
      name: `${node} ${index}`,
      ...(several ? { node } : {}),
      type: 'number' as const,
      mean: 0,
      deviation: 1,
      fill: 0,
    })),
  )
  const namesOf = ({ node, shape }: OutputSpec): TargetNames => {
    const { kind } = training.outputs?.[node]?.loss ?? training.loss
    const count =
      shape.length > 1 ? 0 : kind.startsWith('sparse') ? (shape[0] ?? 0) : kind === 'binaryCrossentropy' ? 2 : 0
    return { classes: Array.from({ length: count }, (_, index) => `class ${index}`), targets: ['y'] }
  }
  const named = program.outputs.map((output): readonly [string, TargetNames] => [output.node, namesOf(output)])
  const [first] = named
  return {
    columns,
    ...(first?.[1] ?? { classes: [], targets: [] }),
    ...(named.length > 1 ? { outputs: Object.fromEntries(named) } : {}),
  }
}

/** The export of a project with these weights, and which of its outputs is the prediction of which node. */
function exported(project: Project, program: Program, data: DataShape, weights: ReadonlyMap<string, Tensor>) {
  const preprocessing = columnsOf(program, project)
  const model = exportModel(project, {
    weights,
    preprocessing,
    data,
    opset: 17,
    producerVersion: 'test',
    metadata: {
      'espalier.project': JSON.stringify({ ...project, data: { ...project.data, source: 'table.csv' } }),
      'espalier.preprocessing': JSON.stringify(preprocessing),
    },
  })
  const outputs = program.outputs.map(({ node, loss, prediction, shape }) => {
    const classes = (preprocessing.outputs?.[node] ?? preprocessing).classes.length > 0
    const output = !classes ? 'prediction' : loss.params['fromLogits'] === true ? 'logits' : 'probabilities'
    return { output: named(output, node, program.outputs.length), prediction, width: sizeOf(shape) }
  })
  return { bytes: encodeModel(model), outputs }
}

describe.each(models)('the model %s', (name) => {
  const bytes = bytesOf(name)

  test('predicts after the import what its file predicts', async () => {
    const imported = importOnnx(bytes, `${name}.onnx`)
    expect(checkProject(imported.project)).toEqual([])
    for (const { got, wanted } of await predictionsOf(bytes, imported))
      expect(largestDifference(got, wanted)).toBeLessThan(1e-5)
  })

  test('is trained on with layers held still, and exported as what was trained', async () => {
    const imported = importOnnx(bytes, `${name}.onnx`)
    const { project, frozen } = halfFrozen(imported)
    const data = shapeOf(imported)
    const program = compile(project, data)
    const after = await trained(program, imported.weights)
    const moving = program.weights.filter(({ trainable }) => trainable).map((spec) => spec.name)
    const before = (weight: string) => imported.weights.get(weight)?.data
    for (const [weight, { data: numbers }] of after)
      if (frozen.includes(weight.slice(0, weight.indexOf('/')))) expect(numbers, weight).toEqual(before(weight))
    expect(moving.length).toBeGreaterThan(0)
    expect(
      moving.filter((weight) => after.get(weight)?.data.every((value, index) => value === before(weight)?.[index])),
    ).toEqual([])

    const file = exported(project, program, data, after)
    const { ours } = feedsOf(bytes, program)
    const count = ours[program.inputs[0]?.feed ?? '']?.shape[0] ?? 1
    const predicted = await (await openGraph(program.predict()))({ ...ours, ...Object.fromEntries(after) })
    const session = await Session.create(file.bytes, { threads: 1 })
    const columns = program.inputs.map(({ node, feed, shape }): readonly [string, Tensor] => {
      const values = Array.from(ours[feed]?.data ?? [], Number)
      return [named('input', node, program.inputs.length), tensorOf('float32', [count, sizeOf(shape)], values)]
    })
    const expected = file.outputs.map(({ output, prediction, width }): Expected => {
      const values = Float32Array.from(predicted.get(prediction)?.data ?? [], Number)
      return { output, label: '', values, width, labels: null }
    })
    const { parity } = await compareOutputs(session, Object.fromEntries(columns), count, expected)
    await session.release()
    expect(parity.passed).toBe(true)

    const again = importOnnx(file.bytes, 'again.onnx')
    expect(again.project.graph).toEqual(project.graph)
    expect(again.project.training).toEqual(project.training)
    expect([...again.weights.keys()].toSorted()).toEqual([...after.keys()].toSorted())
    for (const [weight, tensor] of after) expect(again.weights.get(weight), weight).toEqual(tensor)
    expect(again.warnings.map(({ message }) => message)).toEqual([
      'The data, table.csv, are not in again.onnx; choose them anew.',
    ])
  })
})
