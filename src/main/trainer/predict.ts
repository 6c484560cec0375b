/** An exported model over a table: its predictions as a table again. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import Papa from 'papaparse'
import type { Preprocessing } from '#engine/compile/preprocessing.ts'
import { readPreprocessing } from '#engine/compile/preprocessingMetadata.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { CallError } from '#shared/result.ts'
import type { TrainerInput, TrainerOutput } from '#shared/trainer.ts'
import { writeFileAtomic } from '#main/files/atomic.ts'
import { isMissing, readNumber } from './data/cells.ts'
import { rowsWhere } from './data/columns.ts'
import type { RawColumn } from './data/raw.ts'
import type { TableSource } from './data/source.ts'
import { cellText, listLines, numbersByCode, type Table } from './data/table.ts'
import { predictExported } from './exported.ts'
import { predictSampled } from './sampled.ts'
import type { SessionOptions } from './session.ts'

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

/**
 * Predicts every row of a CSV file and writes `out` in one step, or gives the text back where `out` is null. With `sampling`,
 * the predictions are sampled while layers of noise act.
 */
export async function predict(
  { model, data, out, sampling }: TrainerInput<'predict'>,
  tables: TableSource,
  options: SessionOptions,
): Promise<TrainerOutput<'predict'>> {
  const read = await readModel(model)
  const table = await tables.read(data, '.')
  const source = {
    ...read,
    name: basename(model),
    columns: findColumns(table, read.preprocessing),
    rows: table.rows,
  }
  const { header, lines } = sampling
    ? await predictSampled(source, sampling, options)
    : await predictExported(source, options)
  const fields = [...header]
  const csv = `${Papa.unparse({ fields, data: lines.map((line) => [...line]) }, { newline: '\n' })}\n`
  if (out === null) return { rows: table.rows, columns: fields, csv }
  await writeFileAtomic(out, csv)
  return { rows: table.rows, columns: fields, csv: null }
}
