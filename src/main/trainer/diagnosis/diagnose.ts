/** What a run's weights make of the rows kept apart. */
import { permutation } from '#engine/random.ts'
import type { OutputSpec } from '#engine/compile/program.ts'
import { type Diagnosis, mostShownRows, type ShownRows } from '#shared/diagnosis.ts'
import { CallError } from '#shared/result.ts'
import { type Dataset, targetsOf } from '../data/dataset.ts'
import { cellText } from '../data/table.ts'
import { inputFeeds } from '../run/feeds.ts'
import type { SessionOptions } from '../session.ts'
import type { Trained } from '../trained.ts'
import { boundaryOf } from './boundary.ts'
import { diagnoseClasses, scoresOf } from './classes.ts'
import { diagnoseNumbers } from './numbers.ts'
import { predictRows } from './predictRows.ts'

/** So many rows are looked at, a sample where there are more. */
const mostRows = 4096

/** Validation rows, or training rows where none were kept apart. */
function rowsOf({ dataset, project }: Trained['prepared']): Pick<Diagnosis, 'part' | 'of'> & { rows: Uint32Array } {
  const { train, validation } = dataset.split
  const part = validation.length > 0 ? 'validation' : 'train'
  const all = part === 'validation' ? validation : train
  if (all.length <= mostRows) return { part, of: all.length, rows: all }
  const picked = permutation(all.length, project.training.seed, 'diagnose').slice(0, mostRows).sort()
  return { part, of: all.length, rows: picked.map((at) => all[at] ?? 0) }
}

function compare(
  dataset: Dataset,
  spec: OutputSpec,
  rows: Uint32Array,
  predictions: Float32Array,
): Diagnosis['result'] {
  const { classes, names, indices, values } = targetsOf(dataset, spec.node)
  const width = predictions.length / rows.length
  if (indices && spec.target.form !== 'value' && (width === classes.length || spec.target.form === 'binary')) {
    return diagnoseClasses(
      classes,
      scoresOf(spec, predictions, rows.length),
      Array.from(rows, (row) => indices[row] ?? 0),
    )
  }
  if (!values || width !== names.length) {
    throw new CallError(
      'invalid',
      `${spec.node} puts out ${width} numbers a row for ${names.length} target columns, so they cannot be compared one by one; look at its metrics instead.`,
    )
  }
  const actual = Float64Array.from({ length: predictions.length }, (_, at) => {
    const row = rows[Math.floor(at / width)] ?? 0
    return values[row * width + (at % width)] ?? 0
  })
  return diagnoseNumbers(names, actual, predictions)
}

/** Predicts the rows kept apart and compares; a CallError names an output there is not, or one that has nothing to compare. */
export async function diagnose(trained: Trained, output: string | null, options: SessionOptions): Promise<Diagnosis> {
  const { dataset, program } = trained.prepared
  const outputs = program.outputs.map(({ node }) => node)
  const spec = program.outputs.find(({ node }) => output === null || node === output)
  if (!spec) throw new CallError('missing', `There is no output ${output}; there are ${outputs.join(', ')}.`)
  const { rows, part, of } = rowsOf(trained.prepared)
  const predicted = await predictRows(trained, inputFeeds(dataset, program, rows), rows.length, options)
  const predictions = predicted.get(spec.prediction) ?? new Float32Array(0)
  const result = compare(dataset, spec, rows, predictions)
  const classes = result.kind === 'classes' ? result.classes.length : 0
  return {
    ...{ epoch: trained.epoch, output: spec.node, outputs, part, of, rows: [...rows], result },
    boundary: await boundaryOf(trained, spec, classes, rows, options),
  }
}

/** Rows of the table as its file has them; those that it has not are left out. */
export function showRows({ table }: Dataset, rows: readonly number[]): ShownRows {
  const known = rows.filter((row) => row < table.rows).slice(0, mostShownRows)
  return {
    columns: table.columns.map(({ name }) => name),
    rows: known.map((row) => ({
      row,
      line: table.lines[row] ?? 0,
      cells: table.columns.map((column) => cellText(column, row)),
    })),
  }
}
