/**
 * Models that Keras saved, trained and saved again: from the same start over the same rows, Espalier ends at the same
 * weights. ESPALIER_ORACLE names another folder of such cases.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { DataShape, Program, TargetShape } from '#engine/compile/program.ts'
import { definitionOf } from '#engine/definitions.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { entriesOf } from '#engine/project/order.ts'
import type { Project } from '#engine/project/project.ts'
import { snakeCase } from '#engine/scripts/keras/names.ts'
import { importKeras, type KerasImport } from '#main/files/keras/import.ts'
import { openGraph } from '#main/trainer/model.ts'
import type { Dataset } from '#main/trainer/data/dataset.ts'
import type { Part } from '#main/trainer/run/parts.ts'
import { Run } from '#main/trainer/run/run.ts'
import type { FloatTensor, Tensors } from '#main/trainer/run/state.ts'
import type { EpochMessage, RunMessage } from '#shared/run.ts'
import {
  fitTechniques,
  matchWeights,
  readKerasCase,
  reportedName,
  type KerasCase,
  type KerasRows,
} from '../support/kerasCase.ts'

const folder = resolve(process.env['ESPALIER_ORACLE'] ?? 'tests/fixtures/keras')
const session = { threads: 1 }

/** Float32 sums in another order differ by about this much from one reported loss to the next. */
const lossTolerance = 1e-5

const report: string[] = []
afterAll(() => console.log(['Worst relative update error against Keras:', ...report].join('\n')))

const cases = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

describe.for(cases.sort())('Keras case %s', (name) => {
  test('imports with exactly the weights Keras had', () => {
    const keras = readKerasCase(join(folder, name))
    const { weights } = importKeras(keras.archive, `${name}.keras`)
    const matches = matchWeights(keras.initial, weights)
    for (const wanted of keras.initial.keys()) expect(matches.get(wanted), wanted).toBeDefined()
    const matched = new Set(matches.values())
    // Weights whose last two parts of the path are the same in Keras leave only one of them in the case.
    const variables = new Set([...keras.initial.keys()].map((each) => each.split('/').at(-1)))
    for (const weight of weights.keys())
      expect(matched.has(weight) || variables.has(snakeCase(weight.split('/').at(-1) ?? '')), weight).toBe(true)
  })

  test('trains to the weights, predictions and reports of Keras', async () => {
    const keras = readKerasCase(join(folder, name))
    const { facts } = keras
    const imported = importKeras(keras.archive, `${name}.keras`)
    const project = projectOf(imported, keras)
    const shape = shapeOf(project, imported, keras)
    const program = compile(project, shape)
    const start = floats(imported.weights)
    const part = partOf(program, keras)
    expect(await lossOf(program, start, part), 'loss before').toBeCloseToRelative(facts.loss_before, lossTolerance)

    const { epochs, weights } = await train(project, program, shape, keras, start)

    expect(epochs.length, 'epochs run').toBe(facts.epochs_run)
    const worst = compareWeights(keras, imported.weights, weights)
    const predictions = await predict(program, weights, part)
    const difference = Math.max(
      ...keras.prediction.map((wanted, index) => largestDifference(predictions[index] ?? [], wanted)),
    )
    report.push(
      `${name}: ${worst.error.toExponential(1)} (${worst.weight}), predictions ${difference.toExponential(1)}`,
    )
    expect(worst.error, worst.weight).toBeLessThan(facts.tolerance)
    expect(difference, 'predictions').toBeLessThan(facts.tolerance)
    for (const [key, values] of Object.entries(facts.history)) {
      const reported = reportedName(key, imported)
      if (reported === null || isMeasuredOtherwise(project, reported, keras)) continue
      values.forEach((value, epoch) => {
        expect(valueOf(epochs[epoch], reported), `${key} of epoch ${epoch + 1}`).toBeCloseToRelative(
          value,
          lossTolerance,
        )
      })
    }
    expect(await lossOf(program, weights, part), 'loss after').toBeCloseToRelative(facts.loss_after, lossTolerance)
  })
})

expect.extend({
  toBeCloseToRelative(received: number, expected: number, tolerance: number) {
    const error = Math.abs(received - expected) / Math.max(Math.abs(expected), 1e-3)
    return {
      pass: error <= tolerance,
      message: () => `${received} is ${error.toExponential(1)} away from ${expected}, allowed is ${tolerance}`,
    }
  },
})
declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- vitest's own declaration has the parameter
  interface Matchers<T> {
    toBeCloseToRelative(expected: number, tolerance: number): void
  }
}

function projectOf(imported: KerasImport, { facts, validation }: KerasCase): Project {
  const { project } = imported
  return {
    ...project,
    data: { ...project.data, validationFraction: validation ? 0.5 : 0 },
    training: {
      ...project.training,
      epochs: facts.epochs,
      batchSize: facts.batch_size,
      shuffle: false,
      regularizers: [...project.training.regularizers, ...fitTechniques(facts, imported)],
    },
  }
}

const widthOf = ({ shape }: Tensor): number => shape.slice(1).reduce((product, size) => product * size, 1)

function shapeOf({ training, graph }: Project, { outputs }: KerasImport, keras: KerasCase): DataShape {
  const targets = outputs.map(({ node }, index): [string, TargetShape] => {
    const { kind } = training.outputs?.[node]?.loss ?? training.loss
    const form = definitionOf('loss', kind)?.target
    const [, ...outer] = keras.prediction[index]?.shape ?? []
    const width = outer.at(-1) ?? 1
    const binary = width === 1 ? 2 : 0
    const classes = form === 'value' || outer.length > 1 ? 0 : form === 'binary' ? binary : width
    const rows = keras.y[index]
    return [node, { classes, targets: rows ? widthOf(rows) : 1 }]
  })
  const inputs = entriesOf(graph).map(({ name }, index): [string, number] => {
    const rows = keras.x[index]
    return [name, rows ? widthOf(rows) : 0]
  })
  const [[, target] = ['', { classes: 0, targets: 1 }]] = targets
  const [[, features] = ['', 0]] = inputs
  return { features, ...target, inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(targets) }
}

function partOf({ inputs, outputs }: Program, { x, y }: KerasRows): Part {
  const rows = x[0]?.shape[0] ?? 0
  const feeds = [
    ...inputs.map(({ feed, shape }, index) => ({ feed, shape, rows: x[index], form: 'value' })),
    ...outputs.map(({ feed, target }, index) => ({ feed, shape: target.shape, rows: y[index], form: target.form })),
  ].map(({ feed, shape, rows: given, form }): [string, Tensor] => {
    if (!given) throw new Error(`the case has nothing for ${feed}`)
    const numbers = numbersOf(given)
    return [
      feed,
      form === 'index'
        ? { dtype: 'int64', shape: [rows, ...shape], data: BigInt64Array.from(numbers, BigInt) }
        : { dtype: 'float32', shape: [rows, ...shape], data: Float32Array.from(numbers) },
    ]
  })
  return { rows, feeds: Object.fromEntries(feeds) }
}

function floats(tensors: ReadonlyMap<string, Tensor>): Tensors {
  const checked = [...tensors].map(([name, { shape, data }]): [string, FloatTensor] => {
    if (!(data instanceof Float32Array)) throw new Error(`${name} is not float32`)
    return [name, { dtype: 'float32', shape, data }]
  })
  return new Map(checked)
}

/** The rows are given, so there is no table behind them. */
const noDataset: Dataset = {
  table: { source: '', sha256: null, rows: 0, columns: [], lines: new Uint32Array(0), decimal: '.' },
  columns: [],
  targets: { names: [], classes: [], indices: null, values: null },
  split: { train: new Uint32Array(0), validation: new Uint32Array(0) },
  preprocessing: { columns: [], classes: [], targets: [] },
  issues: [],
}

async function train(project: Project, program: Program, shape: DataShape, keras: KerasCase, imported: Tensors) {
  const messages: RunMessage[] = []
  const scratch = mkdtempSync(join(tmpdir(), 'espalier-keras-'))
  try {
    const rows = partOf(program, keras)
    const run = await Run.start(
      {
        project,
        program,
        shape,
        imported,
        dataset: noDataset,
        train: rows,
        tableRows: rows.rows,
        classes: null,
        validation: keras.validation && partOf(program, keras.validation),
        batch: project.training.batchSize,
      },
      { folder: scratch, resume: false, session, tell: (message) => messages.push(message) },
    )
    await run.finished
    const failure = messages.find((message) => message.type === 'failed')
    if (failure) throw new Error(failure.error.message)
    return { epochs: messages.filter((message) => message.type === 'epoch'), weights: run.kept().weights }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function lossOf(program: Program, weights: Tensors, { feeds }: Part): Promise<number> {
  const live = program.live.map(({ name, value }): [string, Tensor] => [
    name,
    { dtype: 'float32', shape: [], data: Float32Array.of(value) },
  ])
  const values = await runOnce(program.evaluate(), { ...feeds, ...Object.fromEntries([...live, ...weights]) }, 'report')
  const terms = program.columns.map((column, index) => (/^(metric|output):/.test(column) ? 0 : (values[index] ?? NaN)))
  return terms.reduce((sum, term) => sum + term, 0)
}

const predict = (program: Program, weights: Tensors, { feeds }: Part) =>
  Promise.all(
    program.outputs.map(({ prediction }) =>
      runOnce(program.predict(), { ...feeds, ...Object.fromEntries(weights) }, prediction),
    ),
  )

async function runOnce(graph: Parameters<typeof openGraph>[0], feeds: Record<string, Tensor>, output: string) {
  const opened = await openGraph(graph, session)
  const wanted = opened.inputs.flatMap((name): [string, Tensor][] => (feeds[name] ? [[name, feeds[name]]] : []))
  const data = (await opened.run(Object.fromEntries(wanted)))[output]?.data
  if (!(data instanceof Float32Array)) throw new Error(`the graph has no ${output}`)
  // Outputs live in the session's memory, so they are copied before it goes.
  const values = data.slice()
  await opened.release()
  return values
}

/** ‖w − w_keras‖ / ‖w_keras − w_initial‖ at its largest; a weight that Keras left alone must not have moved at all. */
function compareWeights(
  { initial, final }: KerasCase,
  imported: ReadonlyMap<string, Tensor>,
  weights: Tensors,
): { readonly weight: string; readonly error: number } {
  const matches = matchWeights(initial, imported)
  expect([...weights.keys()].sort()).toEqual([...imported.keys()].sort())
  const errors = [...final].map(([weight, target]) => {
    const off = distance(weights.get(matches.get(weight) ?? weight), target)
    const moved = distance(initial.get(weight), target)
    return { weight, error: moved === 0 ? off : off / moved }
  })
  return errors.reduce((worst, each) => (each.error > worst.error ? each : worst))
}

const numbersOf = ({ data }: Tensor): number[] => Array.from(data, Number)

function distance(a: Tensor | undefined, b: Tensor): number {
  const from = a ? numbersOf(a) : []
  if (from.length !== b.data.length) throw new Error('weights of different sizes')
  return Math.hypot(...numbersOf(b).map((value, index) => value - (from[index] ?? NaN)))
}

const largestDifference = (a: ArrayLike<number>, b: Tensor): number =>
  Math.max(...numbersOf(b).map((value, index) => Math.abs(value - (a[index] ?? NaN))))

/**
 * Keras asks logits, too, whether they are above 0.5, so its accuracy of a network that puts out logits is off. It averages the
 * losses of single outputs over batches, not over rows, so those are off where the last batch is short.
 */
function isMeasuredOtherwise({ training: { loss, batchSize } }: Project, reported: string, { x }: KerasCase): boolean {
  const logits = loss.kind === 'binaryCrossentropy' && loss.params['fromLogits'] === true
  if (logits && reported.endsWith('/accuracy')) return true
  return /.\/.+\/loss$/.test(reported) && (x[0]?.shape[0] ?? 0) % batchSize !== 0
}

function valueOf(epoch: EpochMessage | undefined, reported: string): number {
  const [part, ...name] = reported.split('/')
  return (part === 'train' ? epoch?.train : epoch?.validation)?.[name.join('/')] ?? NaN
}
