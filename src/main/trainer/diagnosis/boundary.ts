/** The prediction over the plane of two numbers. */
import type { NumberColumn } from '#engine/compile/preprocessing.ts'
import type { OutputSpec } from '#engine/compile/program.ts'
import type { Boundary } from '#shared/diagnosis.ts'
import type { Dataset } from '../data/dataset.ts'
import type { SessionOptions } from '../session.ts'
import type { Trained } from '../trained.ts'
import { scoresOf, winners } from './classes.ts'
import { predictRows } from './predictRows.ts'

/** Points along each axis. */
const size = 64
/** Of the range of the rows, left free around them. */
const margin = 0.06

/** The two columns of numbers that the network reads; null where there are others, or more inputs. */
function axesOf({ preprocessing }: Dataset, inputs: number): readonly [NumberColumn, NumberColumn] | null {
  const [x, y, ...others] = preprocessing.columns
  return inputs === 1 && others.length === 0 && x?.type === 'number' && y?.type === 'number' ? [x, y] : null
}

/** What the file says in a column of numbers, its mean where it says nothing. */
function cellsOf(dataset: Dataset, { name, fill }: NumberColumn, rows: Uint32Array): number[] {
  const column = dataset.columns.find((each) => each.name === name)
  return Array.from(rows, (row) => {
    const value = column?.numbers[column.cells.codes[row] ?? 0] ?? Number.NaN
    return Number.isNaN(value) ? fill : value
  })
}

function axisOf(name: string, cells: readonly number[]): Boundary['x'] {
  const [least, greatest] = cells.reduce(([low, high], cell) => [Math.min(low, cell), Math.max(high, cell)], [
    Infinity,
    -Infinity,
  ] as const)
  const room = margin * (greatest - least || 1)
  return { name, from: least - room, to: greatest + room }
}

/** Predicts over a grid that spans these rows; null where the network reads anything but two numbers. */
export async function boundaryOf(
  trained: Trained,
  spec: OutputSpec,
  classes: number,
  rows: Uint32Array,
  options: SessionOptions,
): Promise<Boundary | null> {
  const { dataset, program } = trained.prepared
  const columns = axesOf(dataset, program.inputs.length)
  const [input] = program.inputs
  if (!columns || !input || input.shape.reduce((product, dim) => product * dim, 1) !== 2) return null
  const cells = { x: cellsOf(dataset, columns[0], rows), y: cellsOf(dataset, columns[1], rows) }
  const [x, y] = [axisOf(columns[0].name, cells.x), axisOf(columns[1].name, cells.y)]
  const data = new Float32Array(2 * size * size)
  for (let at = 0; at < size * size; at++) {
    const raw = [
      x.from + ((x.to - x.from) * (at % size)) / (size - 1),
      y.from + ((y.to - y.from) * Math.floor(at / size)) / (size - 1),
    ]
    columns.forEach(({ mean, deviation }, axis) => (data[2 * at + axis] = ((raw[axis] ?? 0) - mean) / deviation))
  }
  const feeds = { [input.feed]: { dtype: 'float32' as const, shape: [size * size, ...input.shape], data } }
  const predictions = (await predictRows(trained, feeds, size * size, options)).get(spec.prediction)
  if (!predictions) return null
  if (classes === 0) {
    const width = predictions.length / (size * size)
    const values = Array.from({ length: size * size }, (_, at) => predictions[at * width] ?? 0)
    return { x, y, size, values, scores: [], rows: cells }
  }
  const scores = scoresOf(spec, predictions, size * size)
  const values = winners(scores, classes)
  return { x, y, size, values, scores: values.map((own, at) => scores.values[at * classes + own] ?? 0), rows: cells }
}
