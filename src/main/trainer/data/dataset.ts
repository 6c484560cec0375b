/** A table made ready to learn from: what its columns are, which rows train, how values become numbers. */
import { featureCount, type Preprocessing, type TargetNames } from '#engine/compile/preprocessing.ts'
import type { DataShape, TargetShape } from '#engine/compile/program.ts'
import type { Terminals } from '#engine/project/blocks.ts'
import type { DataSettings, Issue } from '#engine/project/project.ts'
import type { ColumnSummary, DataSummary } from '#shared/data.ts'
import { isMissing } from './cells.ts'
import { chooseColumns, type Column } from './columns.ts'
import { featureSizes, fitFeatures } from './features.ts'
import { readRowWeights } from './rowWeights.ts'
import { type Split, splitRows } from './split.ts'
import { cellText, type Table } from './table.ts'
import { readTargets, type Targets } from './targets.ts'
import { assignColumns } from './terminals.ts'

export interface Dataset {
  readonly table: Table
  readonly columns: readonly Column[]
  readonly targets: Targets
  /** By the name of the layer that puts out, in networks with several outputs. */
  readonly outputs?: Readonly<Record<string, Targets>>
  /** How much each row counts in the loss, where they do not all count alike. */
  readonly rowWeights?: Float64Array
  readonly split: Split
  /** By the name of an Input whose category columns an Embedding looks up: how many indices they have, 0 among them. */
  readonly indices?: Readonly<Record<string, number>>
  readonly preprocessing: Preprocessing
  /** Errors here mean that it cannot be trained on. */
  readonly issues: readonly Issue[]
}

const oneOfEach: Terminals = { inputs: [], outputs: [], indices: [] }

/** Reads a table the way the settings say, for a network with these Inputs and outputs; a pure function of its arguments. */
export function prepareDataset(
  table: Table,
  settings: DataSettings,
  seed: number,
  terminals: Terminals = oneOfEach,
): Dataset {
  const chosen = chooseColumns(table, settings.columns)
  const assigned = assignColumns(chosen.columns, settings.columns, terminals)
  const decided = (name: string) => settings.columns[name]?.type !== undefined
  const outputs = [...assigned.targets].map(([node, own]) => {
    const { targets, issues } = readTargets(table, own, decided)
    // That no column goes to an output is said once already.
    return { node, targets, issues: own.length > 0 ? issues : [] }
  })
  const [first = readTargets(table, chosen.columns, decided)] = outputs
  const { targets } = first
  const split = splitRows(table.rows, settings.validationFraction, seed, settings.stratify ? targets.indices : null)
  const owners = new Map(
    [...assigned.features].flatMap(([node, own]) => own.map(({ name }): [string, string] => [name, node])),
  )
  const tableOf = (name: string): string | null => {
    const input = owners.get(name) ?? terminals.inputs[0] ?? ''
    return terminals.indices.includes(input) ? input : null
  }
  const features = fitFeatures(
    chosen.columns,
    split.train,
    (name) => settings.columns[name]?.standardize ?? (settings.standardize && tableOf(name) === null),
    tableOf,
  )
  const rowWeights = readRowWeights(table, chosen.columns)
  const fitted = features.fitted.map((column) => {
    const node = owners.get(column.name)
    return node === undefined ? column : { ...column, node }
  })
  const indices = fitted.flatMap((column): [string, number][] =>
    column.type === 'category' && column.indexed ? [[tableOf(column.name) ?? '', column.categories.length + 1]] : [],
  )
  const byNode = <T>(valueOf: (targets: Targets) => T): Record<string, T> =>
    Object.fromEntries(outputs.map((output) => [output.node, valueOf(output.targets)]))
  const named = ({ classes, names }: Targets): TargetNames => ({ classes, targets: names })
  return {
    table,
    columns: chosen.columns,
    targets,
    ...(outputs.length > 0 ? { outputs: byNode((each) => each) } : {}),
    ...(rowWeights.weights ? { rowWeights: rowWeights.weights } : {}),
    split,
    ...(indices.length > 0 ? { indices: Object.fromEntries(indices) } : {}),
    preprocessing: {
      columns: fitted,
      ...named(targets),
      ...(outputs.length > 0 ? { outputs: byNode(named) } : {}),
    },
    issues: [
      ...chosen.issues,
      ...assigned.issues,
      ...(outputs.length > 0 ? outputs : [first]).flatMap(({ issues }) => issues),
      ...features.issues,
      ...rowWeights.issues,
    ],
  }
}

/** What an output of a network is to predict. */
export function targetsOf(dataset: Dataset, node: string): Targets {
  return dataset.outputs?.[node] ?? dataset.targets
}

/** The sizes a network has to fit. */
export function dataShape(dataset: Dataset): DataShape {
  const sizesOf = (targets: Targets): TargetShape => ({
    classes: targets.classes.length,
    targets: targets.names.length,
    ...statisticsOf(targets, dataset.split.train),
  })
  return {
    ...featureSizes(dataset.preprocessing.columns),
    ...(dataset.indices ? { indices: dataset.indices } : {}),
    ...sizesOf(dataset.targets),
    ...(dataset.outputs
      ? {
          outputs: Object.fromEntries(
            Object.entries(dataset.outputs).map(([node, targets]) => [node, sizesOf(targets)]),
          ),
        }
      : {}),
    ...(dataset.rowWeights ? { rowWeights: true } : {}),
  }
}

/** Of some rows: how many are of each class, or the mean of each target column. */
function statisticsOf(
  { classes, names, indices, values }: Targets,
  rows: Uint32Array,
): Pick<TargetShape, 'counts' | 'center'> {
  if (indices) {
    const counts = classes.map(() => 0)
    for (const row of rows) counts[indices[row] ?? 0] = (counts[indices[row] ?? 0] ?? 0) + 1
    return { counts }
  }
  if (!values || rows.length === 0) return {}
  const width = names.length
  return {
    center: names.map((_, at) => rows.reduce((sum, row) => sum + (values[row * width + at] ?? 0), 0) / rows.length),
  }
}

const previewRows = 8
const listedCategories = 50

function summarizeColumn(column: Column): Omit<ColumnSummary, 'node'> {
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

/** The Input or output a column belongs to, in networks with several. */
function nodeOf({ preprocessing, outputs = {} }: Dataset, name: string): string | null {
  const feature = preprocessing.columns.find((column) => column.name === name)?.node
  return feature ?? Object.keys(outputs).find((node) => outputs[node]?.names.includes(name)) ?? null
}

/** What the data page shows. */
export function summarize(dataset: Dataset, source: string): DataSummary {
  const { table, columns, targets, split } = dataset
  return {
    source,
    rows: table.rows,
    columns: columns.map((column) => ({ ...summarizeColumn(column), node: nodeOf(dataset, column.name) })),
    task: targets.indices ? 'classes' : 'regression',
    classes: [...targets.classes],
    features: featureCount(dataset.preprocessing.columns),
    shape: dataShape(dataset),
    split: { train: split.train.length, validation: split.validation.length },
    preview: Array.from({ length: Math.min(previewRows, table.rows) }, (_, row) =>
      columns.map((column) => cellText(column.cells, row)),
    ),
    issues: [...dataset.issues],
  }
}
