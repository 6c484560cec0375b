/** Rows that a technique of the run makes, as the graphs take them. */
import { columnsOf, featureCount } from '#engine/compile/preprocessing.ts'
import type { Program } from '#engine/compile/program.ts'
import type { ColumnGroup } from '#engine/define.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { fail } from '#engine/project/project.ts'
import { createRandom } from '#engine/random.ts'
import { type Dataset, targetsOf } from '../data/dataset.ts'
import { encodeFeatures } from '../data/features.ts'
import { targetFeeds } from './feeds.ts'
import type { Part } from './parts.ts'

/** Made rows, and the class of each. */
export interface MadeRows {
  readonly part: Part
  readonly classes: Uint32Array
}

/** The class of each of some rows, for a technique that goes by the classes of this output. */
export function classesOf(dataset: Dataset, node: string, rows: Uint32Array): Uint32Array {
  const { indices } = targetsOf(dataset, node)
  return Uint32Array.from(rows, (row) => indices?.[row] ?? 0)
}

/**
 * What the program's technique makes of the training rows: a pure function of them and the seed; null where there is none, or
 * nothing to be added. An IssueError where there is no column of numbers to make rows from.
 */
export function madeRows(dataset: Dataset, program: Program, seed: number): MadeRows | null {
  const { synthesize } = program
  if (!synthesize) return null
  const { train } = dataset.split
  const inputs = program.inputs.map(({ node }, index) => columnsOf(dataset.preprocessing, node, index))
  const columns = inputs.flat()
  if (columns.every(({ type }) => type === 'category'))
    fail(
      synthesize.path,
      'New rows lie between others, and no feature is a number; remove the technique that makes them.',
    )
  const width = featureCount(columns)
  const known = classesOf(dataset, synthesize.node, train)
  const { features, classes } = synthesize.rows({
    features: encodeFeatures(dataset.columns, columns, train),
    classes: known,
    width,
    categories: categoriesOf(columns),
    random: createRandom(seed, 'synthesize'),
  })
  if (classes.length === 0) return null
  let from = 0
  const feeds = program.inputs.map(({ feed, shape }, index): [string, Tensor] => {
    const size = featureCount(inputs[index] ?? [])
    const data = new Float32Array(classes.length * size)
    for (let row = 0; row < classes.length; row++)
      data.set(features.subarray(row * width + from, row * width + from + size), row * size)
    from += size
    return [feed, { dtype: 'float32', shape: [classes.length, ...shape], data }]
  })
  // A row of the table of the same class has the same target.
  const alike = classes.map((own) => train[known.indexOf(own)] ?? 0)
  return {
    part: { feeds: { ...Object.fromEntries(feeds), ...targetFeeds(dataset, program, alike) }, rows: classes.length },
    classes,
  }
}

/** The columns of each category among the features. */
function categoriesOf(columns: Dataset['preprocessing']['columns']): readonly ColumnGroup[] {
  let from = 0
  return columns.flatMap((column) => {
    const size = featureCount([column])
    from += size
    return column.type === 'category' ? [{ from: from - size, size }] : []
  })
}
