/** From a run to an ONNX file that is proved equal to it, or to nothing at all. */
import { readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { exportModel } from '#engine/compile/exportModel.ts'
import { named } from '#engine/compile/inputShape.ts'
import type { OutputSpec } from '#engine/compile/program.ts'
import type { Model } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { CallError } from '#shared/result.ts'
import type { Exported, Parity } from '#shared/routes.ts'
import packageFile from '../../../package.json' with { type: 'json' }
import { moveIntoPlace, writeTemporary } from '#main/files/atomic.ts'
import { rawInputs } from './data/raw.ts'
import { listLines } from './data/table.ts'
import { openGraph } from './model.ts'
import { compareOutputs, type Expected } from './parity.ts'
import { describeModel } from './passport.ts'
import { inputFeeds, type Prepared } from './run/prepare.ts'
import type { FloatTensor, Tensors } from './run/state.ts'
import { chunksOf, evaluateParts } from './run/validation.ts'
import { Session, type SessionOptions } from './session.ts'

/** What is exported: a run's project and data, and the weights it kept. */
export interface Trained {
  readonly prepared: Prepared
  readonly weights: Tensors
  /** Epochs the weights were trained for. */
  readonly epoch: number
  /** Live settings as they were at the end. */
  readonly live: Readonly<Record<string, number>>
}

export interface ExportRequest {
  readonly path: string
  readonly opset: number
}

const leastRows = 64
const mostRows = 256

/** Validation rows; where there are few, training rows too. */
function rowsToCompare({ dataset }: Prepared): Uint32Array {
  const { train, validation } = dataset.split
  if (validation.length >= leastRows) return validation.subarray(0, mostRows)
  return Uint32Array.from([...validation, ...train.subarray(0, leastRows - validation.length)])
}

/** What the trainer's own graph makes of the standardized rows, output by output. */
async function expectedOutputs(
  trained: Trained,
  rows: Uint32Array,
  options: SessionOptions,
): Promise<readonly Expected[]> {
  const { prepared, weights } = trained
  const { program, dataset } = prepared
  const session = await openGraph(program.predict(), options)
  const predictions = await session.run({ ...inputFeeds(dataset, program, rows), ...Object.fromEntries(weights) })
  await session.release()
  return program.outputs.map((spec) => {
    const values = predictions[spec.prediction]?.data
    if (!(values instanceof Float32Array)) throw new Error(`the predict graph has no ${spec.prediction}`)
    return expectedOutput(trained, spec, values, rows.length)
  })
}

/** An output as the exported file should put it out; `values` are what the trainer predicts, row after row. */
function expectedOutput(
  { prepared: { program, dataset } }: Trained,
  { node, loss, target }: OutputSpec,
  values: Float32Array,
  rows: number,
): Expected {
  const nameOf = (output: string): string => named(output, node, program.outputs.length)
  const width = values.length / rows
  const label = nameOf('label')
  const { classes } = dataset.preprocessing.outputs?.[node] ?? dataset.preprocessing
  if (classes.length === 0 || target.form === 'value')
    return { output: nameOf('prediction'), label, values, width, labels: null }
  const fromLogits = loss.params['fromLogits'] === true
  const names: string[] = []
  const margins = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    const scores = values.subarray(row * width, (row + 1) * width)
    if (target.form === 'binary') {
      const threshold = fromLogits ? 0 : 0.5
      const score = scores[0] ?? Number.NaN
      names.push(classes[score > threshold ? 1 : 0] ?? '')
      margins[row] = Math.abs(score - threshold)
    } else {
      const best = scores.indexOf(Math.max(...scores))
      const second = Math.max(...scores.filter((_, index) => index !== best))
      names.push(classes[best] ?? '')
      margins[row] = (scores[best] ?? Number.NaN) - second
    }
  }
  const output = nameOf(fromLogits ? 'logits' : 'probabilities')
  return { output, label, values, width, labels: { names, margins } }
}

/** Loads the bytes of a file as anyone would and compares; a CallError names the rows that differ. */
async function prove(
  bytes: Uint8Array,
  trained: Trained,
  expected: readonly Expected[],
  rows: Uint32Array,
  options: SessionOptions,
): Promise<Parity> {
  const { dataset } = trained.prepared
  const columns = new Map(dataset.columns.map((column) => [column.name, column]))
  const session = await Session.create(bytes, options)
  try {
    const inputs = rawInputs(columns, dataset.preprocessing.columns, rows)
    const { parity, failures } = await compareOutputs(session, inputs, rows.length, expected)
    if (parity.passed) return parity
    const differing = [...new Set(failures.map(({ row }) => rows[row] ?? 0))].sort((a, b) => a - b)
    const batches = [...new Set(failures.map(({ batch }) => batch))].join(' and ')
    throw new CallError(
      'parity',
      `The exported model does not compute what the trainer computes: ${dataset.table.source}, ` +
        `${listLines(dataset.table, differing)} (batch ${batches}) differ by up to ${parity.maxAbsolute.toPrecision(3)}; ` +
        'nothing was written.',
    )
  } finally {
    await session.release()
  }
}

/** Exact zeros and sizes of the trained weights as they are in the file. */
function countZeros(bytes: Uint8Array, weights: Tensors): { readonly zeros: number; readonly parameters: number } {
  const { initializers } = decodeModel(bytes).graph
  let zeros = 0
  let parameters = 0
  for (const name of weights.keys()) {
    const tensor = initializers.get(name)
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`the exported file has no weight ${name}`)
    parameters += tensor.data.length
    for (const value of tensor.data) if (value === 0) zeros++
  }
  return { zeros, parameters }
}

async function checkFolder(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => null)
  if (!folder?.isDirectory()) {
    throw new CallError('missing', `There is no folder ${dirname(path)}; create it or export somewhere else.`)
  }
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw new CallError('invalid', `${path} is a folder; add a file name to it.`)
}

/**
 * Writes the model under a temporary name, loads it afresh and compares it with the trainer on at least 64 rows (all
 * there are, when fewer), one by one and all at once. Only a file that passed gets its final name, with the result in
 * its metadata; otherwise nothing is left. `build` makes the model: the compiler's export unless a test replaces it.
 */
export async function exportTrained(
  trained: Trained,
  request: ExportRequest,
  options: SessionOptions,
  build: typeof exportModel = exportModel,
): Promise<Exported> {
  const { path } = request
  await checkFolder(path)
  const { prepared, weights } = trained
  const { preprocessing } = prepared.dataset
  const model = build(prepared.project, {
    weights,
    preprocessing,
    data: prepared.shape,
    opset: request.opset,
    producerVersion: packageFile.version,
    metadata: {},
  })
  const rows = rowsToCompare(prepared)
  const expected = await expectedOutputs(trained, rows, options)

  const bytesOf = (metadata: Model['metadata']): Uint8Array => encodeModel({ ...model, metadata })

  const draft = bytesOf({})
  const parity = await prove(await writtenAndRead(path, draft), trained, expected, rows, options)
  const zeros = countZeros(draft, weights)
  const metrics = await measure(trained, options)
  const temporary = await writeTemporary(path, [bytesOf(describeModel({ ...trained, ...zeros, parity, metrics }))])
  try {
    // The file that is kept is the one that was proved: its numbers once more, metadata and all.
    const bytes = await readFile(temporary)
    await prove(bytes, trained, expected, rows, options)
    await moveIntoPlace(temporary, path)
    const opset = model.opset[''] ?? request.opset
    return {
      path,
      bytes: bytes.length,
      opset,
      note:
        opset === request.opset
          ? null
          : `Opset ${opset} instead of ${request.opset}: the model needs operations that came with it.`,
      parity,
      ...zeros,
    }
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** What is read back of bytes that were written to the folder they are meant for; the file is gone afterwards. */
async function writtenAndRead(path: string, bytes: Uint8Array): Promise<Uint8Array> {
  const draft = await writeTemporary(path, [bytes])
  try {
    return await readFile(draft)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Loss, data loss and metrics on the validation rows, in inference mode; null without any. */
async function measure(
  { prepared, weights, live }: Trained,
  options: SessionOptions,
): Promise<Readonly<Record<string, number>> | null> {
  const { program, validation } = prepared
  if (!validation) return null
  const settings = program.live.map(({ name, value }): [string, FloatTensor] => [
    name,
    { dtype: 'float32', shape: [], data: Float32Array.of(live[name] ?? value) },
  ])
  const session = await openGraph(program.evaluate(), options)
  try {
    const { sums } = await evaluateParts(session, program, chunksOf(validation), new Map([...weights, ...settings]))
    return sums.means().values
  } finally {
    await session.release()
  }
}
