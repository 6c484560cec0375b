/** Models of other programs: what is imported computes what the file computes, and can be trained further. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { DataShape, Program, TargetShape } from '#engine/compile/program.ts'
import { sizeOf, type Tensor } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { readModel } from '#engine/onnx/read.ts'
import type { Project } from '#engine/project/project.ts'
import { importOnnx, type OnnxImport } from '#main/files/onnx/import.ts'
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
    .map(({ name, params }) => [name, Array.isArray(params['shape']) ? sizeOf(params['shape'].map(Number)) : 1] as const)
  const targets = outputs.map(({ node, sizes: row }): readonly [string, TargetShape] => {
    const { kind } = project.training.outputs?.[node]?.loss ?? project.training.loss
    if (row.length > 1) return [node, { classes: 0, targets: sizeOf(kind.startsWith('sparse') ? row.slice(0, -1) : row) }]
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

describe.each(models)('%s', (name) => {
  const bytes = bytesOf(name)

  test('predicts what the file predicts', async () => {
    const imported = importOnnx(bytes, `${name}.onnx`)
    if (process.env['SHOW']) {
      for (const n of imported.project.graph.nodes) console.log(n.kind, n.name, JSON.stringify(n.params), n.frozen ?? '', imported.project.graph.wires.filter((w) => w.to === n.name).map((w) => w.from).join())
      for (const w of imported.warnings) console.log('!', w.message)
    }
    const program = compile(imported.project, shapeOf(imported))
    const { theirs, ours } = feedsOf(bytes, program)
    const expected = await (await openNative(bytes))(theirs)
    const predictions = await (await openGraph(program.predict()))({ ...ours, ...Object.fromEntries(imported.weights) })
    for (const output of imported.outputs) {
      const spec = program.outputs.find(({ node }) => node === output.node)
      const [wanted, got] = [expected.get(output.name), predictions.get(spec?.prediction ?? '')]
      if (!wanted || !got) throw new Error(`there is no output ${output.name}`)
      const difference = largestDifference(asInFile(got, output.axes), Array.from(wanted.data, Number))
      if (process.env['SHOW']) console.log(name, output.name, got.shape, difference)
      expect(difference).toBeLessThan(1e-5)
    }
  })
})
export type { Project }
