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
import { moveIntoPlace, writeTemporary } from '#main/files/atomic.ts'
import { rawInputs } from './data/raw.ts'
import { listLines } from './data/table.ts'
import { openGraph } from './model.ts'
import { compareOutputs, type Expected } from './parity.ts'
import { describeModel } from './passport.ts'
import { inputFeeds } from './run/feeds.ts'
import type { Prepared } from './run/prepare.ts'
import { Session, type SessionOptions } from './session.ts'
import { countParameters, shrinkageOf } from './shrinkage.ts'
import { measureRows, modelFor, usedWeights, type Trained } from './trained.ts'

export interface ExportRequest {
  readonly path: string
  readonly opset: number
  /** Leave out units that the network does not use. */
  readonly shrink?: boolean
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
  const used = await usedWeights(trained, options)
  const modelOf = (shrink: boolean) => modelFor(trained, used, { opset: request.opset, shrink }, build)
  const whole = modelOf(false)
  const model = request.shrink === true ? modelOf(true) : whole
  const shrinkage = model === whole ? null : shrinkageOf(whole, model, weights)
  const rows = rowsToCompare(prepared)
  const expected = await expectedOutputs(trained, rows, options)

  const bytesOf = (metadata: Model['metadata']): Uint8Array => encodeModel({ ...model, metadata })

  const draft = bytesOf({})
  const parity = await prove(await writtenAndRead(path, draft), trained, expected, rows, options)
  const zeros = countParameters(decodeModel(draft), weights)
  const { validation } = prepared
  const metrics = validation && (await measureRows(trained, validation, options)).values
  const said = describeModel({ ...trained, ...zeros, parity, metrics, shrinkage, shrunk: model.shrunk })
  const temporary = await writeTemporary(path, [bytesOf(said)])
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
      shrinkage,
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
