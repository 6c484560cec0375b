/** An exported model over a table: its predictions as a table again. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import Papa from 'papaparse'
import { named } from '#engine/compile/inputShape.ts'
import type { Preprocessing, TargetNames } from '#engine/compile/preprocessing.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { CallError } from '#shared/result.ts'
import type { TrainerInput, TrainerOutput } from '#shared/trainer.ts'
import { writeFileAtomic } from '#main/files/atomic.ts'
import { isMissing, readNumber } from './data/cells.ts'
import { rowsWhere } from './data/columns.ts'
import { rawInputs, type RawColumn } from './data/raw.ts'
import type { TableSource } from './data/source.ts'
import { cellText, listLines, numbersByCode, type Table } from './data/table.ts'
import { readPreprocessing } from './passport.ts'
import { Session, type SessionOptions } from './session.ts'

const rowsPerCall = 1024

async function readModel(path: string): Promise<{ readonly bytes: Uint8Array; readonly preprocessing: Preprocessing }> {
  const name = basename(path)
  const bytes = await readFile(path).catch(() => {
    throw new CallError('missing', `There is no model file ${path}.`)
  })
  let metadata: Readonly<Record<string, string>>
  try {
    metadata = decodeModel(bytes).metadata
  } catch {
    throw new CallError('invalid', `${name} is not an ONNX model, or it is damaged.`)
  }
  const preprocessing = readPreprocessing(metadata)
  if (!preprocessing) {
    throw new CallError('invalid', `${name} was not exported by Espalier: it does not say which columns it takes.`)
  }
  return { bytes, preprocessing }
}

/** The model's columns in a table, by name; a CallError names the one that is missing or holds no numbers. */
function findColumns(table: Table, { columns }: Preprocessing): ReadonlyMap<string, RawColumn> {
  const found = new Map<string, RawColumn>()
  for (const { name, type } of columns) {
    const cells = table.columns.find((column) => column.name === name)
    if (!cells) {
      const has = table.columns.map((column) => column.name)
      const listed = has.length > 6 ? `${has.slice(0, 6).join(', ')}, ...` : has.join(', ')
      throw new CallError(
        'invalid',
        `${table.source} has no column "${name}", which the model needs; it has ${listed}.`,
      )
    }
    if (type === 'number') {
      const bad = rowsWhere(cells, (text) => !isMissing(text) && readNumber(text, table.decimal) === null)
      const [first] = bad
      if (first !== undefined) {
        const also = bad.length > 1 ? ` (${bad.length} such cells: ${listLines(table, bad)})` : ''
        const place = `${table.source}, line ${table.lines[first]}, column "${name}"`
        throw new CallError(
          'invalid',
          `${place}: "${cellText(cells, first)}" is not a number${also}; correct it or empty the cell.`,
        )
      }
    }
    found.set(name, { cells, numbers: numbersByCode(table, cells) })
  }
  return found
}

/** The shortest text that is this float32 again. */
function formatFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits))
    if (Math.fround(text) === value) return String(text)
  }
  return String(Number(value.toPrecision(9)))
}

function floatRows(tensor: Tensor): { readonly data: Float32Array; readonly width: number } {
  if (!(tensor.data instanceof Float32Array)) throw new Error('a prediction is not float32')
  return { data: tensor.data, width: tensor.data.length / Math.max(1, tensor.shape[0] ?? 1) }
}

/** What a model predicts, output by output: its classes or targets, and what is added to the names of its ONNX outputs. */
function outputsOf(preprocessing: Preprocessing): readonly (TargetNames & { readonly node: string | null })[] {
  const outputs = Object.entries(preprocessing.outputs ?? {})
  return outputs.length > 0 ? outputs.map(([node, names]) => ({ node, ...names })) : [{ node: null, ...preprocessing }]
}

/** The names of an output's columns, which begin with the output's own where there are several. */
function headerOf({ node, classes, targets }: TargetNames & { readonly node: string | null }, width: number): string[] {
  const prefix = node === null ? '' : `${node}.`
  if (classes.length > 0) return ['label', ...classes.map((name) => `probability_${name}`)].map((name) => prefix + name)
  if (targets.length === width) return [...targets]
  return Array.from({ length: width }, (_, index) => `${prefix}prediction_${index + 1}`)
}

/** One line of an output: label and a probability for every class, or the predicted numbers. */
function lineOf(
  outputs: Readonly<Record<string, Tensor>>,
  node: string | null,
  row: number,
  classes: number,
): string[] {
  const output = (name: string): Tensor | undefined => outputs[node === null ? name : named(name, node, Infinity)]
  const probabilities = output('probabilities')
  const label = output('label')
  const scores = probabilities ?? output('prediction')
  if (!scores) throw new Error('the model has neither probabilities nor a prediction')
  const { data, width } = floatRows(scores)
  const values = [...data.subarray(row * width, (row + 1) * width)]
  if (!probabilities || !label) return values.map(formatFloat)
  const [score = 0] = values
  const all = width === 1 && classes === 2 ? [Math.fround(1 - score), score] : values
  return [String(label.data[row]), ...all.map(formatFloat)]
}

/** Predicts every row of a CSV file and writes `out` in one step, or gives the text back where `out` is null. */
export async function predict(
  { model, data, out }: TrainerInput<'predict'>,
  tables: TableSource,
  options: SessionOptions,
): Promise<TrainerOutput<'predict'>> {
  const { bytes, preprocessing } = await readModel(model)
  const table = await tables.read(data, '.')
  const columns = findColumns(table, preprocessing)
  const session = await Session.create(bytes, options).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CallError('invalid', `${basename(model)} cannot be run: ${reason}`)
  })
  const lines: string[][] = []
  const predicted = outputsOf(preprocessing)
  const widths = predicted.map(() => 1)
  try {
    for (let from = 0; from < table.rows; from += rowsPerCall) {
      const count = Math.min(rowsPerCall, table.rows - from)
      const rows = Uint32Array.from({ length: count }, (_, index) => from + index)
      const outputs = await session.run(rawInputs(columns, preprocessing.columns, rows))
      predicted.forEach(({ node }, index) => {
        const prediction = outputs[node === null ? 'prediction' : named('prediction', node, Infinity)]
        if (prediction) widths[index] = floatRows(prediction).width
      })
      for (let row = 0; row < count; row++)
        lines.push(predicted.flatMap(({ node, classes }) => lineOf(outputs, node, row, classes.length)))
    }
  } finally {
    await session.release()
  }
  const header = predicted.flatMap((output, index) => headerOf(output, widths[index] ?? 1))
  const csv = `${Papa.unparse({ fields: header, data: lines }, { newline: '\n' })}\n`
  if (out === null) return { rows: table.rows, columns: header, csv }
  await writeFileAtomic(out, csv)
  return { rows: table.rows, columns: header, csv: null }
}
