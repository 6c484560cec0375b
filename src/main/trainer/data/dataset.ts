/** A table made ready to learn from: what its columns are, which rows train, how values become numbers. */
import type { Preprocessing } from '#engine/compile/preprocessing.ts'
import type { DataShape } from '#engine/compile/program.ts'
import type { DataSettings, Issue } from '#engine/project/project.ts'
import type { ColumnSummary, DataSummary } from '#shared/data.ts'
import { isMissing } from './cells.ts'
import { chooseColumns, type Column } from './columns.ts'
import { featureCount, fitFeatures } from './features.ts'
import { type Split, splitRows } from './split.ts'
import { cellText, type Table } from './table.ts'
import { readTargets, type Targets } from './targets.ts'

export interface Dataset {
  readonly table: Table
  readonly columns: readonly Column[]
  readonly targets: Targets
  readonly split: Split
  readonly preprocessing: Preprocessing
  /** Errors here mean that it cannot be trained on. */
  readonly issues: readonly Issue[]
}

/** Reads a table the way the settings say; a pure function of its arguments. */
export function prepareDataset(table: Table, settings: DataSettings, seed: number): Dataset {
  const chosen = chooseColumns(table, settings.columns)
  const read = readTargets(table, chosen.columns, (name) => settings.columns[name]?.type !== undefined)
  const { targets } = read
  const split = splitRows(table.rows, settings.validationFraction, seed, settings.stratify ? targets.indices : null)
  const features = fitFeatures(chosen.columns, split.train, settings.standardize)
  return {
    table,
    columns: chosen.columns,
    targets,
    split,
    preprocessing: { columns: features.fitted, classes: targets.classes, targets: targets.names },
    issues: [...chosen.issues, ...read.issues, ...features.issues],
  }
}

/** The sizes a network has to fit. */
export function dataShape(dataset: Dataset): DataShape {
  return {
    features: featureCount(dataset.preprocessing.columns),
    classes: dataset.targets.classes.length,
    targets: dataset.targets.names.length,
  }
}

const previewRows = 8
const listedCategories = 50

function summarizeColumn(column: Column): ColumnSummary {
  const { name, type, role, guessed, missing, counts, numbers } = column
  const common = { name, type, role, guessed, missing }
  if (type === 'category') {
    const present = column.cells.texts.map((text, code): [string, number] => [text, counts[code] ?? 0])
    const categories = present
      .filter(([text]) => !isMissing(text))
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    const none = { mean: null, deviation: null, min: null, max: null }
    return { ...common, ...none, categories: categories.slice(0, listedCategories) }
  }
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  numbers.forEach((value, code) => {
    if (Number.isNaN(value)) return
    count += counts[code] ?? 0
    sum += value * (counts[code] ?? 0)
    min = Math.min(min, value)
    max = Math.max(max, value)
  })
  if (count === 0) return { ...common, mean: null, deviation: null, min: null, max: null, categories: [] }
  const mean = sum / count
  let squares = 0
  numbers.forEach((value, code) => {
    if (!Number.isNaN(value)) squares += (value - mean) ** 2 * (counts[code] ?? 0)
  })
  return { ...common, mean, deviation: Math.sqrt(squares / count), min, max, categories: [] }
}

/** What the data page shows. */
export function summarize(dataset: Dataset, source: string): DataSummary {
  const { table, columns, targets, split } = dataset
  return {
    source,
    rows: table.rows,
    columns: columns.map(summarizeColumn),
    task: targets.indices ? 'classes' : 'regression',
    classes: [...targets.classes],
    features: featureCount(dataset.preprocessing.columns),
    split: { train: split.train.length, validation: split.validation.length },
    preview: Array.from({ length: Math.min(previewRows, table.rows) }, (_, row) =>
      columns.map((column) => cellText(column.cells, row)),
    ),
    issues: [...dataset.issues],
  }
}
